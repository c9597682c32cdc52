"""NEXT has less stock than we thought: what the shopper is told, and our stock following NEXT's."""

import re
from typing import Any

from django.db import transaction
from django.db.models import Sum

from catalog import stock
from catalog.models import Hold
from checkout import sentences
from checkout.models import PaymentIntent
from nextcommerce.errors import NextApiError
from wording.sentence import Sentence

_LINE_QUANTITY = re.compile(r"lines\.(\d{1,4})\.quantity")


def find_sold_out_item(*, intent: PaymentIntent, error: NextApiError) -> dict[str, Any] | None:
    """Return the intent's item of which NEXT hasn't enough, or None if NEXT refused for another reason."""
    items = intent.snapshot["items"]
    for name, messages in error.fields.items():
        place = _LINE_QUANTITY.fullmatch(name)
        if place and int(place[1]) < len(items) and any("stock" in text.lower() for text in messages):
            item: dict[str, Any] = items[int(place[1])]
            return item
    return None


def sold_out_message(item: dict[str, Any]) -> Sentence:
    """Return the shopper's message."""
    if item["quantity"] == 1:
        return sentences.ITEM_SOLD_OUT.fill(name=item["name"])
    return sentences.TOO_FEW_IN_STOCK.fill(name=item["name"], quantity=item["quantity"])


@transaction.atomic
def follow_next_stock(*, intent: PaymentIntent, item: dict[str, Any]) -> None:
    """Lower our stock to what NEXT can have at most: less than was ordered, shared with what others hold."""
    variant_id = item["variant_id"]
    ordered = sum(each["quantity"] for each in intent.snapshot["items"] if each["variant_id"] == variant_id)
    holds = Hold.objects.filter(variant=variant_id, state=Hold.State.HELD).exclude(reference=intent.order_id)
    held: int = holds.aggregate(total=Sum("quantity"))["total"] or 0
    stock.limit_stock(variant_id=variant_id, most=max(ordered - 1 - held, 0))
