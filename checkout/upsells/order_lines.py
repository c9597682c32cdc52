"""An upsell as an order line: sent to NEXT Commerce, found in its order, and added to our order."""

from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

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
    marked = [line for line in next_order.lines if read_attempt_mark(line) == attempt.pk]
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
            and not read_attempt_mark(line)
            and _matches_attempt(line, attempt, next_order)
        ),
        None,
    )


def read_attempt_mark(line: NextLine) -> str | int | None:
    """Return the id of the attempt that a line names, or None."""
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
    # An item or a line without an id may be any, so the item must be new and alike, and not another upsell's.
    alike = Q(
        pk__gt=attempt.last_item_before,
        is_upsell=True,
        next_variant_id=attempt.item["next_variant_id"],
    )
    if line.id is None:
        is_of_line = alike & (Q(next_line_id=None) | Q(variant_id=""))
    else:
        is_of_line = Q(next_line_id=line.id) | alike & Q(next_line_id=None)
    mirrored = order.items.filter(is_of_line).order_by(F("next_line_id").asc(nulls_last=True), "pk")
    item = mirrored.first()
    if item is None:
        OrderItem.objects.create(order=order, position=order.items.count(), **fields)
    else:
        fields["next_line_id"] = line.id or item.next_line_id
        OrderItem.objects.filter(pk=item.pk).update(**fields)


def follow_upsell_line(*, attempt: UpsellAttempt, line: NextLine) -> None:
    """Record that NEXT now lists the charged upsell under another line id. The mirror has saved its item."""
    attempt.next_line_id = line.id
    UpsellAttempt.objects.filter(pk=attempt.pk).update(next_line_id=line.id, next_check_at=timezone.now())
    # NEXT's quantity and price stay, so that the order's total still adds up.
    sold = {name: value for name, value in attempt.item.items() if name not in {"quantity", "unit_price"}}
    OrderItem.objects.filter(order=attempt.order_id, next_line_id=line.id, variant_id="").update(**sold)
