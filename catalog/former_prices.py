"""Former prices: only what a variant really cost, and never more than it could be had for before.

Directive 98/6/EC, Art. 6a: a reduction names the lowest price of the thirty days before it.
"""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby

from django.utils import timezone

from catalog.models import Variant, VariantPrice

PERIOD = datetime.timedelta(days=30)
# After that, it is the price, and no reduction anymore.
SHOWN_FOR = datetime.timedelta(days=30)


def find_former_prices(variants: Sequence[Variant]) -> dict[str, Decimal]:
    """Return, by variant, the lowest price before a reduction; nothing for those without one.

    One query. A variant that hasn't been sold for thirty days before has none to compare with.
    """
    prices = {variant.pk: variant.price for variant in variants}
    since = timezone.now() - SHOWN_FOR
    rows = VariantPrice.objects.filter(variant__in=variants).order_by("variant", "-starts_at", "-id")
    found = {
        variant_id: _find_former_price(list(history), since=since)
        for variant_id, history in groupby(rows, key=lambda row: row.variant_id)
    }
    return {
        variant_id: former
        for variant_id, former in found.items()
        if former is not None and former > prices[variant_id]
    }


def _find_former_price(history: Sequence[VariantPrice], *, since: datetime.datetime) -> Decimal | None:
    """Return the lowest price of the thirty days before the last change, which must be after `since`."""
    last, *before = history
    if last.starts_at <= since:
        return None
    begins_at, lowest = last.starts_at - PERIOD, None
    for row in before:
        lowest = row.price if lowest is None else min(lowest, row.price)
        if row.starts_at <= begins_at:
            return lowest
    return None
