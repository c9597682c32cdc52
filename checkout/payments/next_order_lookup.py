"""Finding the NEXT order of a payment intent by asking the store."""

import datetime
import logging
from collections import Counter
from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.utils import timezone

from checkout.models import PaymentIntent
from checkout.payments.order_matching import intent_ids_in, is_order_of_intent
from nextcommerce.client import NextClient
from nextcommerce.errors import NextApiError
from nextcommerce.order_schemas import NextOrder
from stores.models import Store
from stores.next_client import open_next_client

logger = logging.getLogger(__name__)

# What of the store's many columns a settlement reads, and what asking the store reads besides.
STORE_FIELDS_FOR_SETTLING = ("is_live", "next_sends_receipt", "notify_subscribers")
STORE_FIELDS_FOR_API = (
    "next_api_url",
    "access_token",
    "last_response_at",
    "last_failure_at",
    "last_failure_message",
)
# How much the store's clock may differ from ours.
CLOCK_SLACK = datetime.timedelta(minutes=5)


def claim_intent_check(intent: PaymentIntent, *, every: float = 2.0) -> bool:
    """Take the right to ask the store about this intent now.

    False where somebody asked a moment ago, or has since this intent was read.
    """
    now, last = timezone.now(), intent.checked_at
    if last is not None and last > now - datetime.timedelta(seconds=every):
        return False
    return bool(PaymentIntent.objects.filter(pk=intent.pk, checked_at=last).update(checked_at=now))


def find_next_order(*, intent: PaymentIntent, hint: str = "", background: bool = False) -> NextOrder | None:
    """Return the NEXT order made for `intent`, or None where the store has none.

    Looks at the number known or hinted at, then by tag. Errors: AdminApiError, never ambiguous.
    """
    api = open_next_client(intent.store, background=background)
    number = intent.next_order_number or hint
    if number:
        found = _retrieve_next_order(api, number)
        if found is not None and (
            intent.next_order_number or is_order_of_intent(intent=intent, next_order=found)
        ):
            return found
        if found is not None:
            logger.warning(
                "payment intent %s: refused NEXT order %s, which does not name it", intent.pk, number
            )
    for row in api.list_orders(tags=[intent.pk]):
        found = api.retrieve_order(row.number)
        if is_order_of_intent(intent=intent, next_order=found):
            return found
    return None


def find_intents_of_order(*, store: Store, next_order: NextOrder) -> QuerySet[PaymentIntent]:
    """Return the store's intents that the order names, or was settled with; newest first."""
    named = Q(pk__in=sorted(intent_ids_in(next_order))[:5]) | Q(next_order_number=next_order.number)
    return PaymentIntent.objects.filter(named, store=store)


def _retrieve_next_order(api: NextClient, number: str) -> NextOrder | None:
    """Return the order with this number; None where the store has none. Other errors pass."""
    try:
        return api.retrieve_order(number)
    except NextApiError as error:
        if error.is_refused:
            return None
        raise


def find_next_orders_by_content(*, intent: PaymentIntent) -> Iterator[NextOrder]:
    """Yield NEXT orders of the same e-mail that lost the tag.

    Those that name the intent elsewhere, and those that name none but fit: by lines, currency and time.

    Whether tags survive the redirect is not documented (facts 8). What only fits is evidence, not proof.
    """
    api = open_next_client(intent.store, background=True)
    email = intent.snapshot["order"]["email"].lower()
    if not email:
        return  # erased since: a search for nobody would go through everybody's
    lines = Counter((item["next_variant_id"], item["quantity"]) for item in intent.snapshot["items"])
    since = intent.created_at - CLOCK_SLACK
    taken = PaymentIntent.objects.filter(store=intent.store).exclude(next_order_number=None)
    # A day earlier: the filter is in the store's time zone.
    day = (since - datetime.timedelta(days=1)).date().isoformat()
    for row in api.list_orders(search_text=email, date_placed_from=day):
        if taken.filter(next_order_number=row.number).exists():
            continue
        order = api.retrieve_order(row.number)
        if is_order_of_intent(intent=intent, next_order=order):
            yield order
            continue
        if order.is_renewal or intent_ids_in(order):
            continue  # the payment of another attempt, whatever it looks like
        same_lines = Counter((line.variant_id, line.quantity) for line in order.lines) == lines
        made_since = order.created_at is not None and order.created_at >= since
        if order.email.lower() == email and same_lines and made_since and order.currency == intent.currency:
            yield order
