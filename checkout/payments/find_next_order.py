"""Finding the store order of a payment intent by asking the store."""

import datetime
import logging
from collections import Counter
from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.utils import timezone

from checkout.models import PaymentIntent
from checkout.payments.order_matching import is_ours, named_intents
from nextcommerce.client import AdminApi
from nextcommerce.errors import AdminApiError
from nextcommerce.order_schemas import StoreOrder
from stores.models import Store

logger = logging.getLogger(__name__)

# What of the store's many columns a settlement reads, and what asking the store reads besides.
FOR_SETTLING = ("is_live", "send_receipt", "mail_subscribers")
FOR_ASKING = ("admin_api_url", "access_token", "last_heard_at", "last_failure_at", "last_failure")
# How much the store's clock may differ from ours.
CLOCK_SLACK = datetime.timedelta(minutes=5)


def claim(intent: PaymentIntent, *, every: float = 2.0) -> bool:
    """Take the right to ask the store about this intent now.

    False where somebody asked a moment ago, or has since this intent was read.
    """
    now, last = timezone.now(), intent.checked_at
    if last is not None and last > now - datetime.timedelta(seconds=every):
        return False
    return bool(PaymentIntent.objects.filter(pk=intent.pk, checked_at=last).update(checked_at=now))


def find(*, intent: PaymentIntent, hint: str = "", background: bool = False) -> StoreOrder | None:
    """Return the store order made for `intent`, or None where the store has none.

    Looks at the number known or hinted at, then by tag. Errors: AdminApiError, never ambiguous.
    """
    api = AdminApi(intent.store, background=background)
    number = intent.store_order_number or hint
    if number:
        found = _retrieve(api, number)
        if found is not None and (intent.store_order_number or is_ours(intent=intent, store_order=found)):
            return found
        if found is not None:
            logger.warning(
                "payment intent %s: refused store order %s, which does not name it", intent.pk, number
            )
    for row in api.list_orders(tags=[intent.pk]):
        found = api.retrieve_order(row.number)
        if is_ours(intent=intent, store_order=found):
            return found
    return None


def intents_of(*, store: Store, store_order: StoreOrder) -> QuerySet[PaymentIntent]:
    """Return the store's intents that the order names, or was settled with; newest first."""
    named = Q(pk__in=sorted(named_intents(store_order))[:5]) | Q(store_order_number=store_order.number)
    return PaymentIntent.objects.filter(named, store=store)


def _retrieve(api: AdminApi, number: str) -> StoreOrder | None:
    """Return the order with this number; None where the store has none. Other errors pass."""
    try:
        return api.retrieve_order(number)
    except AdminApiError as error:
        if error.refused:
            return None
        raise


def find_by_content(*, intent: PaymentIntent) -> Iterator[StoreOrder]:
    """Yield store orders of the same e-mail that lost the tag.

    Those that name the intent elsewhere, and those that name none but fit: by lines, currency and time.

    Whether tags survive the redirect is not documented (facts 8). What only fits is evidence, not proof.
    """
    api = AdminApi(intent.store, background=True)
    email = intent.snapshot["order"]["email"].lower()
    if not email:
        return  # erased since: a search for nobody would go through everybody's
    lines = Counter((item["next_variant_id"], item["quantity"]) for item in intent.snapshot["items"])
    since = intent.created_at - CLOCK_SLACK
    taken = PaymentIntent.objects.filter(store=intent.store).exclude(store_order_number=None)
    # A day earlier: the filter is in the store's time zone.
    day = (since - datetime.timedelta(days=1)).date().isoformat()
    for row in api.list_orders(search_text=email, date_placed_from=day):
        if taken.filter(store_order_number=row.number).exists():
            continue
        order = api.retrieve_order(row.number)
        if is_ours(intent=intent, store_order=order):
            yield order
            continue
        if order.is_renewal or named_intents(order):
            continue  # the payment of another attempt, whatever it looks like
        same_lines = Counter((line.variant_id, line.quantity) for line in order.lines) == lines
        made_since = order.created_at is not None and order.created_at >= since
        if order.email.lower() == email and same_lines and made_since and order.currency == intent.currency:
            yield order
