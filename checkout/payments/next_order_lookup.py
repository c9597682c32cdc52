"""Finding the NEXT order that belongs to a payment intent."""

import datetime
import logging
from collections import Counter
from collections.abc import Iterator

from django.db.models import Q, QuerySet

from checkout.models import PaymentIntent
from checkout.payments.order_matching import intent_ids_in, is_order_of_intent, require_order_of_intent
from nextcommerce.client import NextClient
from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextOrder
from orders.next_order_identity import NextOrderMismatch
from orders.sentences import OTHER_NUMBER
from stores.leases import claim_turn
from stores.models import Store
from stores.next_client import open_next_client

logger = logging.getLogger(__name__)

# The columns of a store that a settlement reads, and those that a call to NEXT reads besides.
STORE_FIELDS_FOR_SETTLING = (
    "is_live",
    "clock_offset",
    "time_zone",
    "tax_mode",
    "max_tax_difference",
    "next_sends_receipt",
    "notify_subscribers",
    # Whether contract documents are emailed.
    "contract_documents",
    "has_eea_shipping",
    "countries",
    "currency",
)
STORE_FIELDS_FOR_API = (
    "next_api_url",
    "access_token",
    "last_response_at",
    "last_failure_at",
    "last_failure_message",
)
# How far NEXT's clock may differ from ours.
CLOCK_SLACK = datetime.timedelta(minutes=5)


def claim_intent_check(intent: PaymentIntent, *, every: float = 2.0) -> bool:
    """Claim the right to check this intent with NEXT, at most once per `every` seconds.

    Return False if it was checked less than `every` seconds ago.
    """
    interval = datetime.timedelta(seconds=every)
    return claim_turn(PaymentIntent.objects.filter(pk=intent.pk), "checked_at", interval=interval)


def find_next_order(
    *, intent: PaymentIntent, hint: str = "", background: bool = False, max_seconds: float | None = None
) -> NextOrder | None:
    """Return the NEXT order created for `intent`, or None if NEXT has none.

    Tries the known or hinted order number first, then the intent's tag.
    Raises NextApiError, which is never ambiguous for a read, and NextOrderMismatch if NEXT answers about
    another order than the one requested.
    """
    api = open_next_client(intent.store, background=background, max_seconds=max_seconds)
    number = intent.next_order_number or hint
    if number:
        try:
            found = _retrieve_known_number(api, number)
            if found is not None:
                require_order_of_intent(intent=intent, next_order=found)
                return found
        except NextOrderMismatch as mismatch:
            logger.warning("payment intent %s: refused NEXT order %s: %s", intent.pk, number, mismatch)
            if intent.next_order_number:
                raise
    for row in api.list_orders(tags=[intent.pk]):
        found = retrieve_next_order(api, row.number)
        if is_order_of_intent(intent=intent, next_order=found):
            return found
    return None


def find_intents_of_order(*, store: Store, next_order: NextOrder) -> QuerySet[PaymentIntent]:
    """Return the store's intents that the order carries or was settled with, newest first."""
    matches = Q(pk__in=sorted(intent_ids_in(next_order))[:5]) | Q(next_order_number=next_order.number)
    return PaymentIntent.objects.filter(matches, store=store)


def _retrieve_known_number(api: NextClient, number: str) -> NextOrder | None:
    """Return the order with this number, or None if NEXT refuses it. Raises like `retrieve_next_order`."""
    try:
        return retrieve_next_order(api, number)
    except NextApiError as error:
        if error.is_refused:
            return None
        raise


def retrieve_next_order(api: NextClient, number: str) -> NextOrder:
    """Return the order with this number. Raises NextOrderMismatch if the answer has another one."""
    found = api.retrieve_order(number)
    if found.number != number:
        raise NextOrderMismatch(OTHER_NUMBER.fill(found=found.number, expected=number))
    return found


def find_next_orders_by_content(*, intent: PaymentIntent) -> Iterator[NextOrder]:
    """Yield NEXT orders with the same email that lost the intent's tag.

    These are orders that carry the intent elsewhere, and orders that carry no intent but match it in lines,
    currency and time. A match alone is evidence, not proof: whether NEXT keeps tags through a redirect is
    not documented.
    """
    api = open_next_client(intent.store, background=True)
    email = intent.snapshot["order"]["email"].lower()
    if not email:
        return  # erased since: an empty search would go through everybody's orders
    since = intent.created_at - CLOCK_SLACK
    settled = PaymentIntent.objects.filter(store=intent.store).exclude(next_order_number=None)
    # A day earlier, because NEXT filters in its store's time zone.
    day = (since - datetime.timedelta(days=1)).date().isoformat()
    for row in api.list_orders(search_text=email, date_placed_from=day):
        if settled.filter(next_order_number=row.number).exists():
            continue
        order = retrieve_next_order(api, row.number)
        if is_order_of_intent(intent=intent, next_order=order):
            yield order
            continue
        if order.is_renewal or intent_ids_in(order):
            continue  # pays for something else, however similar it looks
        is_recent = order.created_at is not None and order.created_at >= since
        if is_recent and _has_content_of_intent(intent=intent, next_order=order):
            yield order


def _has_content_of_intent(*, intent: PaymentIntent, next_order: NextOrder) -> bool:
    """Return True if the NEXT order has the intent's email, currency and lines."""
    wanted = Counter((item["next_variant_id"], item["quantity"]) for item in intent.snapshot["items"])
    return (
        next_order.email.lower() == intent.snapshot["order"]["email"].lower()
        and next_order.currency == intent.currency
        and Counter((line.variant_id, line.quantity) for line in next_order.lines) == wanted
    )
