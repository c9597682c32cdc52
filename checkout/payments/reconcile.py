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
from checkout.payments import next_order_lookup
from checkout.payments.expiry import DAY_SECONDS, expire_old_intent, lock_intent
from checkout.payments.order_matching import is_order_of_intent
from checkout.payments.settle import check_payment_intent, review_untagged_order, settle_payment_intent
from checkout.payments.verification_timing import process_verification_refund
from checkout.payments.webhook_events import apply_webhook_event, sync_order
from checkout.privacy import delete_old_webhook_events
from checkout.upsells.acceptance import resolve_due_upsell_attempts
from nextcommerce.errors import NextApiError
from orders import notifications
from orders.ephemeral_tokens import delete_old_tokens
from orders.mirror import order_refresh_time
from orders.models import Order, OrderEvent
from orders.order_log import log_order_event
from stores.models import Store
from subscriptions.models import Subscription
from subscriptions.sync import sync_subscription

logger = logging.getLogger(__name__)

SOURCE = OrderEvent.Source.RECONCILER
LEASE = datetime.timedelta(minutes=2)
# A NEXT order that is there and not yet paid keeps its stock so much longer.
UNPAID_NEXT_ORDER_EXTENSION = datetime.timedelta(hours=1)
# So many looks for our mark in vain before looking for what fits without it.
TAG_CHECKS_BEFORE_CONTENT_SEARCH = 2

Row = TypeVar("Row", bound=Model)


def run_reconciler(*, limit: int = 100) -> Counter[str]:
    """Do what is due, at most `limit` of each kind; return how many of what was done."""
    done: Counter[str] = Counter()
    day_ago = timezone.now() - datetime.timedelta(seconds=DAY_SECONDS)
    intents = PaymentIntent.objects.all()
    for kind, rows, work in (
        (
            "webhook events",
            claim_due_rows(WebhookEvent.objects.all(), "next_try_at", limit),
            handle_webhook_event,
        ),
        (
            "payment intents",
            claim_due_rows(intents.filter(created_at__gt=day_ago), "next_check_at", limit),
            handle_payment_intent,
        ),
        (
            "verification amounts",
            claim_due_rows(Order.objects.all(), "verification_refund_due_at", limit),
            process_verification_refund,
        ),
        ("orders", claim_due_rows(Order.objects.all(), "refresh_at", limit), handle_order_refresh),
        (
            "subscriptions",
            claim_due_rows(Subscription.objects.all(), "refresh_at", limit),
            handle_subscription,
        ),
        # However many shoppers went away without paying, those who may have paid just now come first.
        (
            "old payment intents",
            claim_due_rows(intents.filter(created_at__lte=day_ago), "next_check_at", max(limit // 5, 1)),
            handle_payment_intent,
        ),
    ):
        _process_rows(done=done, kind=kind, rows=rows, work=work)
    _process_rows(
        done=done, kind="lapsed holds", rows=stock.list_expired_holds(limit=limit), work=handle_expired_hold
    )
    done["orders nobody paid"] += cancel_abandoned_orders(limit=limit)
    done["upsells in doubt"] += resolve_due_upsell_attempts(limit=limit)
    done["emails"] += notifications.send_due_notifications(limit=limit)
    done["old tokens"] += delete_old_tokens()
    done["old events"] += delete_old_webhook_events()
    return +done


def _process_rows(*, done: Counter[str], kind: str, rows: Iterable[Any], work: Callable[[Any], str]) -> None:
    for row in rows:
        try:
            done[f"{kind}: {work(row)}"] += 1
        except NextApiError as error:
            done[f"{kind}: store not reached"] += 1
            logger.warning("%s %s: the store could not be asked: %s", kind, row, error.message)
        except Exception:
            # One row that cannot be handled must not keep the others waiting; its lease brings it back.
            done[f"{kind}: failed"] += 1
            logger.exception("%s %s could not be handled", kind, row)


def claim_due_rows(rows: QuerySet[Row], field: str, limit: int) -> Iterable[Row]:
    """Yield the rows whose time has come, each taken for the length of a lease first."""
    now = timezone.now()
    for pk, at in rows.filter(**{f"{field}__lte": now}).order_by(field).values_list("pk", field)[:limit]:
        if rows.filter(pk=pk, **{field: at}).update(**{field: timezone.now() + LEASE}):
            yield rows.select_related("store").get(pk=pk)


def handle_webhook_event(event: WebhookEvent) -> str:
    """Apply a kept event that could not be applied when it came."""
    apply_webhook_event(event)
    return "applied"


def handle_payment_intent(intent: PaymentIntent) -> str:
    """Ask the store for an intent whose outcome is unknown or may still change."""
    if not intent.can_be_paid:
        PaymentIntent.objects.filter(pk=intent.pk).update(next_check_at=None)
        return "settled already"
    before, checks = intent.status, intent.check_count
    intent = check_payment_intent(intent=intent, source=SOURCE, background=True)
    is_over = intent.age >= DAY_SECONDS and intent.check_count > checks
    if intent.can_be_paid and (is_over or intent.check_count >= TAG_CHECKS_BEFORE_CONTENT_SEARCH):
        intent = settle_untagged_order(intent)
    if is_over and intent.can_be_paid:
        intent = expire_old_intent(intent)
    return intent.status if intent.status != before else f"still {intent.status}"


def settle_untagged_order(intent: PaymentIntent) -> PaymentIntent:
    """Settle with a NEXT order that lost its tag; one that only fits is put before staff."""
    for next_order in next_order_lookup.find_next_orders_by_content(intent=intent):
        if is_order_of_intent(intent=intent, next_order=next_order):
            return settle_payment_intent(intent=intent, next_order=next_order, source=SOURCE)
        if next_order.is_settled:
            return review_untagged_order(intent=intent, next_order=next_order, source=SOURCE)
    return intent


def handle_order_refresh(order: Order) -> str:
    """Mirror an order that something happened to, or that nothing was heard of for long."""
    if not order.next_order_number:
        Order.objects.filter(pk=order.pk).update(refresh_at=None)
        return "not in the store"
    try:
        return "mirrored" if sync_order(order=order, source=SOURCE) else "unchanged"
    except NextApiError as error:
        if error.status != 404:
            raise
    return handle_missing_order(order)


@transaction.atomic
def handle_missing_order(order: Order) -> str:
    """The store has the order no more (test orders are deleted in bulk): ours stands, and is told of it once.

    It is asked for as seldom as one of which nothing is heard: the address may have been wrong for a while.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    Order.objects.filter(pk=order.pk).update(refresh_at=order_refresh_time(order))
    if not order.events.filter(kind="gone").exists():
        text = f"The store has no order {order.next_order_number} any more."
        log_order_event(order=order, kind="gone", text=text, source=SOURCE)
    return "gone from the store"


def handle_subscription(subscription: Subscription) -> str:
    """Look at a subscription, and bring about what is wanted of it."""
    return sync_subscription(subscription=subscription).status


def handle_expired_hold(reference: str) -> str:
    """End a hold past its time: as a sale if the store has the payment, else by giving it back.

    Where the store cannot be asked the hold stays: in doubt, nothing is sold to somebody else.
    """
    order = Order.objects.filter(pk=reference).first()
    if order is None:
        stock.release_hold(reference=reference)
        return "released"
    intents = list(order.payment_intents.select_related("store", "order"))
    for intent in intents:
        if intent.is_open:
            # Not `look`: its throttle and its silence about failures are for shoppers.
            next_order = next_order_lookup.find_next_order(intent=intent, background=True)
            if next_order is None:
                settle_untagged_order(intent)
            elif settle_payment_intent(intent=intent, next_order=next_order, source=SOURCE).is_open:
                stock.extend_hold(reference=order.pk, until=timezone.now() + UNPAID_NEXT_ORDER_EXTENSION)
                return "waits for the store"
    return expire_order(order)


@transaction.atomic
def expire_order(order: Order) -> str:
    """Expire the order's open attempts, release its stock and cancel it, unless somebody paid or began."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    intents = [lock_intent(intent) for intent in order.payment_intents.select_related("store")]
    if order.is_paid:
        stock.mark_sold(reference=order.pk)
        return "sold"
    if any(intent.status == PaymentIntent.Status.REVIEW for intent in intents):
        stock.extend_hold(reference=order.pk, until=timezone.now() + datetime.timedelta(days=30))
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
    stock.release_hold(reference=order.pk)
    if order.status == Order.Status.PENDING:
        order.status = Order.Status.CANCELED
        order.save(update_fields=["status", "updated_at"])
        log_order_event(
            order=order, kind="canceled", text="Not paid in time: the stock was given back.", source=SOURCE
        )
    return "lapsed"


def cancel_abandoned_orders(*, limit: int) -> int:
    """Cancel orders of yesterday that nobody paid and nobody tries to pay any more; return how many.

    Those whose attempt was declined hold no stock any more that could lapse. What is known to the store
    follows the store.
    """
    busy = (*PaymentIntent.OPEN, PaymentIntent.Status.SUCCEEDED, PaymentIntent.Status.REVIEW)
    forgotten = Order.objects.filter(
        store__in=Store.objects.values("pk"),
        status=Order.Status.PENDING,
        created_at__lt=timezone.now() - datetime.timedelta(seconds=DAY_SECONDS),
        review_reason="",
        next_order_number=None,
    ).exclude(payment_intents__status__in=busy)
    return sum(expire_order(order) == "lapsed" for order in forgotten.order_by("created_at")[:limit])
