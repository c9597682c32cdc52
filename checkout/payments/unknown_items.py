"""NEXT no longer has an item of the order: what the shopper is told, and staff in the admin."""

import re

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Variant
from checkout.models import PaymentIntent
from nextcommerce.errors import NextApiError

_LINE_PRODUCT = re.compile(r"lines\.(\d{1,4})\.product_id")


def report_unknown_item(*, intent: PaymentIntent, error: NextApiError) -> str:
    """Return the shopper's message if NEXT refused the order because of an item, or "".

    The item is put before staff to hide or keep. It stays on sale until then, because NEXT also answers so
    when the token belongs to another store.
    """
    if not error.is_refused:
        return ""
    items = intent.snapshot["items"]
    places = [int(place[1]) for name in error.fields if (place := _LINE_PRODUCT.fullmatch(name))]
    unknown = [items[place] for place in places if place < len(items)]
    if not unknown:
        return ""
    variants = Variant.objects.filter(pk__in=[item["variant_id"] for item in unknown], active=True)
    variants.filter(missing_since=None).update(missing_since=timezone.now())
    return _("%(name)s can't be bought right now. Nothing was charged. Choose another item.") % {
        "name": unknown[0]["name"]
    }
