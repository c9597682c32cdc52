"""Reading the list of a store's NEXT orders: finds payments that nobody told the shop about.

If the network delivers an `ordersCreate` twice, it opens a second payment page with the same mark. Once the
payment has settled with the order of one page, only a webhook tells of the other, and webhooks get lost. So
while payments may still come, the reconciler lists the newest orders every few minutes, one call for all of
them. Each that we don't know takes the way of a webhook event. Renewals have their own
(`subscriptions.sync`).
"""

import datetime
import enum
import logging
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from itertools import islice

from django.db.models import Exists, Min, OuterRef
from django.utils import timezone

from checkout.models import OrderListing, PaymentIntent
from checkout.payments.expiry import CHECK_SCHEDULE_SECONDS
from checkout.payments.next_order_lookup import CLOCK_SLACK, retrieve_next_order
from checkout.payments.reported_orders import settle_reported_order
from nextcommerce.client import NextClient
from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextOrder
from orders.models import Order, OrderEvent, OrderReview
from orders.next_order_identity import NextOrderMismatch
from stores.models import Store
from stores.next_client import open_next_client

logger = logging.getLogger(__name__)

LISTING_INTERVAL = datetime.timedelta(minutes=5)
# Of stores without recent payments, to see whether there are any now. It takes no call.
IDLE_INTERVAL = datetime.timedelta(hours=1)
# Each new order is in several lists, because a list may be short, and an answer about an order may be wrong.
OVERLAP = 3 * LISTING_INTERVAL
# A payment counts as recent as long as late money is looked for.
RECENT = datetime.timedelta(seconds=CHECK_SCHEDULE_SECONDS[-1])
# Most orders retrieved at once. The next round continues with the rest.
MAX_RETRIEVED = 100
# The order of the list isn't documented: reading ends only after a run of old rows that get older.
OLD_ROWS_BEFORE_END = 20
MAX_ROWS = 10_000
# An order that can't be checked is tried again with each list until it is this old.
GIVE_UP_AFTER = datetime.timedelta(days=1)


class Outcome(enum.Enum):
    """What came of checking a listed order."""

    OURS = enum.auto()
    NOT_OURS = enum.auto()
    FAILED = enum.auto()


def schedule_order_listings() -> None:
    """Begin with the lists of stores that have their first payments."""
    now = timezone.now()
    sent = PaymentIntent.objects.filter(store=OuterRef("pk"), sent_at__gt=now - RECENT)
    OrderListing.objects.bulk_create(
        (
            OrderListing(store=store, due_at=now + LISTING_INTERVAL, read_until=now - RECENT)
            for store in Store.objects.filter(Exists(sent), order_listing=None)
        ),
        ignore_conflicts=True,
    )


def check_order_list(listing: OrderListing) -> str:
    """List the store's orders from where the last list ended. Return the outcome.

    Raises NextApiError if NEXT can't be reached. The next list then begins where this one began.
    """
    now, store = timezone.now(), listing.store
    recent = PaymentIntent.objects.filter(store=store, sent_at__gt=now - RECENT)
    first_sent_at = recent.aggregate(first=Min("sent_at"))["first"]
    if first_sent_at is None:
        OrderListing.objects.filter(pk=listing.pk).update(due_at=now + IDLE_INTERVAL)
        return "no recent payments"
    since = max(listing.read_until, first_sent_at - CLOCK_SLACK)
    api = open_next_client(store, background=True)
    unknown = _list_unknown_orders(api, store=store, since=since)
    rows = unknown[:MAX_RETRIEVED]
    outcomes = [_check_listed_order(api, store=store, row=row) for row in rows]
    limits = [now - OVERLAP]
    if len(unknown) > len(rows):
        limits.append(rows[-1].created_at or since)
    limits += [
        max(row.created_at or since, now - GIVE_UP_AFTER)
        for row, outcome in zip(rows, outcomes, strict=True)
        if outcome is Outcome.FAILED
    ]
    read_until = max(since, min(limits))
    is_partial = len(unknown) > len(rows) and read_until > since
    due_at = now if is_partial else now + LISTING_INTERVAL
    OrderListing.objects.filter(pk=listing.pk).update(read_until=read_until, due_at=due_at)
    return "found a payment" if Outcome.OURS in outcomes else "nothing new"


def _list_unknown_orders(api: NextClient, *, store: Store, since: datetime.datetime) -> list[NextOrder]:
    """Return the store's NEXT orders since then that we don't know, oldest first and without details."""
    # A day earlier, because NEXT filters in its store's time zone.
    day = (since - datetime.timedelta(days=1)).date().isoformat()
    rows = {row.number: row for row in _end_after_old_rows(api.list_orders(date_placed_from=day), since)}
    known = _find_known_numbers(store, list(rows))
    unknown = [row for row in rows.values() if row.number not in known and not row.is_renewal]
    return sorted(unknown, key=lambda row: row.created_at or since)


def _end_after_old_rows(rows: Iterable[NextOrder], since: datetime.datetime) -> Iterator[NextOrder]:
    """Yield the rows created since then, and end once older ones are all that follows."""
    old: list[datetime.datetime] = []
    for row in islice(rows, MAX_ROWS):
        if row.created_at is None or row.created_at >= since:
            old.clear()
            yield row
            continue
        old.append(row.created_at)
        if len(old) >= OLD_ROWS_BEFORE_END and old[0] > old[-1]:
            return


def _find_known_numbers(store: Store, numbers: list[str]) -> set[str | None]:
    """Return those of the NEXT order numbers that a payment, an order or a review of the store has."""
    intents = PaymentIntent.objects.filter(store=store, next_order_number__in=numbers)
    orders = Order.objects.filter(store=store, next_order_number__in=numbers)
    reviews = OrderReview.objects.filter(order__store=store, next_order_number__in=numbers)
    return {
        number
        for rows in (intents, orders, reviews)
        for number in rows.values_list("next_order_number", flat=True)
    }


def _check_listed_order(api: NextClient, *, store: Store, row: NextOrder) -> Outcome:
    """Retrieve a listed order and settle the payment it belongs to.

    Raises NextApiError if NEXT can't be reached. Any other error must not keep the other orders waiting.
    """
    try:
        next_order = retrieve_next_order(api, row.number)
        intent, phrase = settle_reported_order(
            store=store, next_order=next_order, source=OrderEvent.Source.RECONCILER
        )
    except NextOrderMismatch as mismatch:
        logger.warning("listed NEXT order %s: refused an answer: %s", row.number, mismatch)
        return Outcome.FAILED
    except NextApiError as error:
        if error.status is None or error.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise
        logger.warning("listed NEXT order %s: %s", row.number, error)
        # Test orders are deleted in bulk.
        return Outcome.NOT_OURS if error.status == HTTPStatus.NOT_FOUND else Outcome.FAILED
    except Exception:
        logger.exception("listed NEXT order %s couldn't be processed", row.number)
        return Outcome.FAILED
    if intent is None:
        return Outcome.NOT_OURS
    logger.warning("listed NEXT order %s: %s", row.number, phrase)
    return Outcome.OURS
