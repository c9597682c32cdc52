"""Writing to the order's log."""

from orders.models import Order, OrderEvent


def log_order_event(*, order: Order, kind: str, text: str, source: str, actor: str = "") -> OrderEvent:
    """Add a line to the order's log. `kind` and `source` are an `OrderEvent.Kind` and `OrderEvent.Source`.

    `text` is plain English, without secrets or addresses.
    """
    return OrderEvent.objects.create(
        order=order, kind=kind, text=text[:500], source=source, actor=actor[:150]
    )
