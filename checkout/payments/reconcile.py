"""The reconciler: finishes every story that a lost answer, a closed tab or a killed process left open.

Any number may run at once: each row is taken by a conditional update that puts it off for the length of a
lease, so that nobody else takes it and nothing is lost if the one who did dies.
"""

import datetime
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from catalog import stock
from checkout.models import PaymentIntent, WebhookEvent
from checkout.payments import find_next_order
from checkout.payments.expiry import DAY, end_old, locked
from checkout.payments.order_matching import is_ours
from checkout.payments.settle import look, review_unmarked, settle
from checkout.payments.verification_refund import take_verification
from checkout.payments.webhook_events import apply, refresh
from checkout.privacy import forget_old_events
from checkout.upsells.answers import clear_up_due
from nextcommerce.errors import AdminApiError
from orders import notifications
from orders.ephemeral_tokens import forget_old
from orders.mirror import next_look
from orders.models import Order, OrderEvent
from orders.order_log import log
from stores.models import Store
from subscriptions.models import Subscription
from subscriptions.sync import bring_about

logger = logging.getLogger(__name__)

SOURCE = OrderEvent.Source.RECONCILER
LEASE = datetime.timedelta(minutes=2)
# A store order that is there and not yet paid keeps its stock so much longer.
UNPAID_AT_THE_STORE = datetime.timedelta(hours=1)
# So many looks for our mark in vain before looking for what fits without it.
LOOKS_BY_MARK = 2

Row = TypeVar("Row", bound=Model)


def reconcile(*, limit: int = 100) -> Counter[str]:
    """Do what is due, at most `limit` of each kind; return how many of what was done."""
    done: Counter[str] = Counter()
    day_ago = timezone.now() - datetime.timedelta(seconds=DAY)
    intents = PaymentIntent.objects.all()
    for kind, rows, work in (
        ("webhook events", due(WebhookEvent.objects.all(), "next_try_at", limit), take_event),
        ("payment intents", due(intents.filter(created_at__gt=day_ago), "next_check_at", limit), take_intent),
        ("verification amounts", due(Order.objects.all(), "verification_due_at", limit), take_verification),
        ("orders", due(Order.objects.all(), "refresh_at", limit), take_order),
        ("subscriptions", due(Subscription.objects.all(), "refresh_at", limit), take_subscription),
        # However many shoppers went away without paying, those who may have paid just now come first.
        (
            "old payment intents",
            due(intents.filter(created_at__lte=day_ago), "next_check_at", max(limit // 5, 1)),
            take_intent,
        ),
    ):
        _do_all(done=done, kind=kind, rows=rows, work=work)
    _do_all(done=done, kind="lapsed holds", rows=stock.lapsed(limit=limit), work=take_lapsed)
    done["orders nobody paid"] += cancel_forgotten(limit=limit)
    done["offers in doubt"] += clear_up_due(limit=limit)
    done["mails"] += notifications.send_due(limit=limit)
    done["old tokens"] += forget_old()
    done["old events"] += forget_old_events()
    return +done


def _do_all(*, done: Counter[str], kind: str, rows: Iterable[Any], work: Callable[[Any], str]) -> None:
    for row in rows:
        try:
            done[f"{kind}: {work(row)}"] += 1
        except AdminApiError as error:
            done[f"{kind}: store not reached"] += 1
            logger.warning("%s %s: the store could not be asked: %s", kind, row, error.message)
        except Exception:
            # One row that cannot be handled must not keep the others waiting; its lease brings it back.
            done[f"{kind}: failed"] += 1
            logger.exception("%s %s could not be handled", kind, row)


def due(rows: QuerySet[Row], field: str, limit: int) -> Iterable[Row]:
    """Yield the rows whose time has come, each taken for the length of a lease first."""
    now = timezone.now()
    for pk, at in rows.filter(**{f"{field}__lte": now}).order_by(field).values_list("pk", field)[:limit]:
        if rows.filter(pk=pk, **{field: at}).update(**{field: timezone.now() + LEASE}):
            yield rows.select_related("store").get(pk=pk)


def take_event(event: WebhookEvent) -> str:
    """Apply a kept event that could not be applied when it came."""
    apply(event)
    return "applied"


def take_intent(intent: PaymentIntent) -> str:
    """Ask the store for an intent whose outcome is unknown or may still change."""
    if not intent.may_be_paid:
        PaymentIntent.objects.filter(pk=intent.pk).update(next_check_at=None)
        return "settled already"
    before, checks = intent.status, intent.checks
    intent = look(intent=intent, source=SOURCE, background=True)
    is_over = intent.age >= DAY and intent.checks > checks
    if intent.may_be_paid and (is_over or intent.checks >= LOOKS_BY_MARK):
        intent = look_for_unmarked(intent)
    if is_over and intent.may_be_paid:
        intent = end_old(intent)
    return intent.status if intent.status != before else f"still {intent.status}"


def look_for_unmarked(intent: PaymentIntent) -> PaymentIntent:
    """Settle with a store order that lost its tag; one that only fits is put before staff."""
    for store_order in find_next_order.find_by_content(intent=intent):
        if is_ours(intent=intent, store_order=store_order):
            return settle(intent=intent, store_order=store_order, source=SOURCE)
        if store_order.is_settled:
            return review_unmarked(intent=intent, store_order=store_order, source=SOURCE)
    return intent


def take_order(order: Order) -> str:
    """Mirror an order that something happened to, or that nothing was heard of for long."""
    if not order.store_order_number:
        Order.objects.filter(pk=order.pk).update(refresh_at=None)
        return "not in the store"
    try:
        return "mirrored" if refresh(order=order, source=SOURCE) else "unchanged"
    except AdminApiError as error:
        if error.status != 404:
            raise
    return take_gone(order)


@transaction.atomic
def take_gone(order: Order) -> str:
    """The store has the order no more (test orders are deleted in bulk): ours stands, and is told of it once.

    It is asked for as seldom as one of which nothing is heard: the address may have been wrong for a while.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    Order.objects.filter(pk=order.pk).update(refresh_at=next_look(order))
    if not order.events.filter(kind="gone").exists():
        text = f"The store has no order {order.store_order_number} any more."
        log(order=order, kind="gone", text=text, source=SOURCE)
    return "gone from the store"


def take_subscription(subscription: Subscription) -> str:
    """Look at a subscription, and bring about what is wanted of it."""
    return bring_about(subscription=subscription).status


def take_lapsed(reference: str) -> str:
    """End a hold past its time: as a sale if the store has the payment, else by giving it back.

    Where the store cannot be asked the hold stays: in doubt, nothing is sold to somebody else.
    """
    order = Order.objects.filter(pk=reference).first()
    if order is None:
        stock.release(reference=reference)
        return "released"
    intents = list(order.payment_intents.select_related("store", "order"))
    for intent in intents:
        if intent.is_open:
            # Not `look`: its throttle and its silence about failures are for shoppers.
            store_order = find_next_order.find(intent=intent, background=True)
            if store_order is None:
                look_for_unmarked(intent)
            elif settle(intent=intent, store_order=store_order, source=SOURCE).is_open:
                stock.keep(reference=order.pk, until=timezone.now() + UNPAID_AT_THE_STORE)
                return "waits for the store"
    return lapse(order)


@transaction.atomic
def lapse(order: Order) -> str:
    """Expire the order's open attempts, release its stock and cancel it, unless somebody paid or began."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    intents = [locked(intent) for intent in order.payment_intents.select_related("store")]
    if order.is_paid:
        stock.sell(reference=order.pk)
        return "sold"
    if any(intent.status == PaymentIntent.Status.REVIEW for intent in intents):
        stock.keep(reference=order.pk, until=timezone.now() + datetime.timedelta(days=30))
        return "kept for review"
    now = timezone.now()
    begun_since = now - datetime.timedelta(minutes=settings.HOLD_MINUTES)
    if any(intent.is_open and intent.created_at > begun_since for intent in intents):
        return "taken up again"  # the shopper came back to it while the store was asked
    later = now + datetime.timedelta(hours=1)
    for intent in intents:
        if intent.is_open:
            intent.status = PaymentIntent.Status.EXPIRED
            intent.settled_at = now
            intent.next_check_at = later
            intent.save()
    stock.release(reference=order.pk)
    if order.status == Order.Status.PENDING:
        order.status = Order.Status.CANCELED
        order.save(update_fields=["status", "updated_at"])
        log(order=order, kind="canceled", text="Not paid in time: the stock was given back.", source=SOURCE)
    return "lapsed"


def cancel_forgotten(*, limit: int) -> int:
    """Cancel orders of yesterday that nobody paid and nobody tries to pay any more; return how many.

    Those whose attempt was declined hold no stock any more that could lapse. What is known to the store
    follows the store.
    """
    busy = (*PaymentIntent.OPEN, PaymentIntent.Status.SUCCEEDED, PaymentIntent.Status.REVIEW)
    forgotten = Order.objects.filter(
        store__in=Store.objects.values("pk"),
        status=Order.Status.PENDING,
        created_at__lt=timezone.now() - datetime.timedelta(seconds=DAY),
        review_reason="",
        store_order_number=None,
    ).exclude(payment_intents__status__in=busy)
    return sum(lapse(order) == "lapsed" for order in forgotten.order_by("created_at")[:limit])
