"""An upsell as an order line: sent to NEXT Commerce, found in its order, and added to our order."""

from decimal import Decimal
from typing import Any

from checkout.models import UpsellAttempt
from checkout.payments.order_payload import build_next_line_body
from checkout.upsells.charge_judgment import read_upsell_charge
from nextcommerce.schemas import NextLine, NextOrder
from orders.models import OrderItem

ATTEMPT_METADATA_KEY = "upsell_attempt"


def build_add_line_items_body(attempt: UpsellAttempt) -> dict[str, Any]:
    """Return the request body: one line, flagged as an upsell, with the attempt's id in its metadata."""
    line = build_next_line_body(attempt.item)
    metadata = {**line.get("metadata", {}), ATTEMPT_METADATA_KEY: attempt.pk}
    return {"lines": [{**line, "is_upsell": True, "metadata": metadata}]}


def find_added_line(*, attempt: UpsellAttempt, next_order: NextOrder) -> NextLine | None:
    """Return the line that the attempt added to the NEXT order, or None.

    Lines are matched by the attempt id in their metadata. NEXT Commerce may drop metadata that has no
    definition, so while the attempt is in doubt, a new unmarked line with its variant, quantity, and price
    matches too.
    """
    marked = [line for line in next_order.lines if _read_attempt_mark(line) == attempt.pk]
    if marked:
        return marked[0]
    if not attempt.is_in_doubt:
        return None
    earlier_items = attempt.order.items.filter(pk__lte=attempt.last_item_before).exclude(next_line_id=None)
    siblings = attempt.order.upsell_attempts.exclude(pk=attempt.pk).exclude(next_line_id=None)
    other_line_ids = {
        *earlier_items.values_list("next_line_id", flat=True),
        *siblings.values_list("next_line_id", flat=True),
    }
    return next(
        (
            line
            for line in next_order.lines
            if line.is_upsell
            and line.id not in other_line_ids
            and not _read_attempt_mark(line)
            and _matches_attempt(line, attempt, next_order)
        ),
        None,
    )


def _read_attempt_mark(line: NextLine) -> str | int | None:
    return line.metadata.get(ATTEMPT_METADATA_KEY)


def _matches_attempt(line: NextLine, attempt: UpsellAttempt, next_order: NextOrder) -> bool:
    is_same_item = (line.variant_id, line.quantity) == (
        attempt.item["next_variant_id"],
        attempt.item["quantity"],
    )
    charge = read_upsell_charge(attempt=attempt, line=line, next_order=next_order)
    return is_same_item and charge is not None and charge.has_price_of(attempt)


def write_upsell_item(*, attempt: UpsellAttempt, line: NextLine) -> None:
    """Save the offered item to the order, replacing what the mirror may have saved for the same line."""
    order = attempt.order
    fields = {**attempt.item, "unit_price": Decimal(attempt.item["unit_price"]), "next_line_id": line.id}
    mirrored = order.items.filter(next_line_id=line.id)
    if line.id is None:  # then an item without an id may be any item
        mirrored = mirrored.filter(
            pk__gt=attempt.last_item_before, is_upsell=True, next_variant_id=line.variant_id
        )
    item = mirrored.first()
    if item is None:
        OrderItem.objects.create(order=order, position=order.items.count(), **fields)
    else:
        OrderItem.objects.filter(pk=item.pk).update(**fields)
