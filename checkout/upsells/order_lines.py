"""An offer as a line of the store's order: sent, found again, and written to ours."""

from decimal import Decimal
from typing import Any

from checkout.models import OfferAttempt
from checkout.payments.order_payload import line_body
from nextcommerce.order_schemas import StoreLine, StoreOrder
from orders.models import OrderItem

MARK = "offer_attempt"


def add_line_items_body(attempt: OfferAttempt) -> dict[str, Any]:
    """Return the request: the one line, marked as an upsell and as this attempt's (3.4)."""
    line = line_body(attempt.item)
    metadata = {**line.get("metadata", {}), MARK: attempt.pk}
    return {"lines": [{**line, "is_upsell": True, "metadata": metadata}]}


def added_line(*, attempt: OfferAttempt, store_order: StoreOrder) -> StoreLine | None:
    """Return the line that the attempt added to the store order, or None.

    It is known by its mark; a store may keep no metadata it has no definition for, so what fits and was
    not there before the call is ours too, while we are in doubt.
    """
    marked = [line for line in store_order.lines if _mark(line) == attempt.pk]
    if marked:
        return marked[0]
    if not attempt.is_in_doubt:
        return None
    siblings = attempt.order.offer_attempts.exclude(pk=attempt.pk).exclude(store_line_id=None)
    taken = {*attempt.lines_before, *siblings.values_list("store_line_id", flat=True)}
    return next(
        (
            line
            for line in store_order.lines
            if line.is_upsell
            and line.id not in taken
            and not _mark(line)
            and _fits(line, attempt, store_order)
        ),
        None,
    )


def _mark(line: StoreLine) -> str | None:
    metadata = line.raw.get("metadata")
    mark = metadata.get(MARK) if isinstance(metadata, dict) else None
    return mark if isinstance(mark, str) else None


def _fits(line: StoreLine, attempt: OfferAttempt, store_order: StoreOrder) -> bool:
    same = (line.variant_id, line.quantity) == (attempt.item["next_variant_id"], attempt.item["quantity"])
    return same and store_order.line_total(line) == attempt.amount


def write_item(*, attempt: OfferAttempt, line: StoreLine) -> None:
    """Write what was offered to the order, in place of what the mirror may have taken from the store."""
    fields = {**attempt.item, "unit_price": Decimal(attempt.item["unit_price"])}
    order = attempt.order
    position = order.items.count()
    OrderItem.objects.update_or_create(
        order=order,
        store_line_id=line.id,
        defaults=fields,
        create_defaults={**fields, "position": position},
    )
