"""Lines of the order's log."""

from typing import Any

from orders.models import Order, OrderEvent


def log_order_event(
    *, order: Order, kind: str, text: str, source: str, actor: str = "", data: dict[str, Any] | None = None
) -> OrderEvent:
    """Add one line: what (`kind`, and `text` in plain English), by whom, from which source.

    `data` holds numbers and references for programs; never a secret or an address.
    """
    return OrderEvent.objects.create(
        order=order, kind=kind, text=text[:500], source=source, actor=actor[:150], data=data or {}
    )
