"""NEXT no longer has an item of the order: what the shopper is told, and staff in the admin."""

import re

from django.utils import timezone

from catalog.models import Variant
from checkout import sentences
from checkout.models import PaymentIntent
from nextcommerce.errors import NextApiError
from wording.sentence import Sentence

_LINE_PRODUCT = re.compile(r"lines\.(\d{1,4})\.product_id")


def report_unknown_item(*, intent: PaymentIntent, error: NextApiError) -> Sentence:
    """Return the shopper's message if NEXT refused the order because of an item, or an empty one.

    The item is put before staff to hide or keep. It stays on sale until then, because NEXT also answers so
    when the token belongs to another store.
    """
    if not error.is_refused:
        return Sentence()
    items = intent.snapshot["items"]
    places = [int(place[1]) for name in error.fields if (place := _LINE_PRODUCT.fullmatch(name))]
    unknown = [items[place] for place in places if place < len(items)]
    if not unknown:
        return Sentence()
    variants = Variant.objects.filter(pk__in=[item["variant_id"] for item in unknown], active=True)
    variants.filter(missing_since=None).update(missing_since=timezone.now())
    return sentences.ITEM_UNAVAILABLE.fill(name=unknown[0]["name"])
