"""The reconciler: finishes what a lost response, a closed tab or a killed process left open.

Any number may run at the same time: each row is leased before the work on it (`stores.leases`).
"""

import datetime
import enum
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from catalog import stock
from checkout import sentences
from checkout.cart_reminders import process_cart_reminder
from checkout.code_carts import delete_open_cart
from checkout.models import CartReminder, OpenCart, OrderListing, PaymentIntent, WebhookEvent
from checkout.payments import next_order_lookup, transitions
from checkout.payments.expiry import DAY_SECONDS, expire_old_intent, lock_intent
from checkout.payments.old_rows import delete_old_rows
from checkout.payments.order_listings import check_order_list, schedule_order_listings
from checkout.payments.order_matching import is_order_of_intent
from checkout.payments.queue import end_queued_payment
from checkout.payments.review_refunds import check_refund_in_doubt, list_refunds_in_doubt
from checkout.payments.settle import check_payment_intent, review_untagged_order, settle_payment_intent
from checkout.payments.verification_refund_timing import process_verification_refund
from checkout.payments.webhook_events import apply_webhook_event
from checkout.upsells.acceptance import resolve_due_upsell_attempts
from nextcommerce.errors import NextApiError
from orders import notifications
from orders.address_changes import continue_address_change
from orders.models import ContractNotice, Order, OrderEvent, StoreFigures
from orders.next_order_identity import NextOrderMismatch
from orders.order_log import log_order_event
from orders.reports.summing import schedule_figures, sum_due_days
from orders.reviews import list_orders_in_review
from orders.stock_alerts import queue_due_stock_alerts
from orders.sync import postpone_order_refresh, sync_order
from orders.withdrawals import process_withdrawal
from stores.leases import claim_due_rows
from stores.models import Store
from subscriptions.cancellations import process_cancellation
from subscriptions.models import Subscription
from subscriptions.sync import sync_subscription

logger = logging.getLogger(__name__)

NoticeKind = ContractNotice.Kind
SOURCE = OrderEvent.Source.RECONCILER
# How much longer an unpaid NEXT order keeps its stock.
UNPAID_NEXT_ORDER_EXTENSION = datetime.timedelta(hours=1)
# Checks by tag without a result before orders are also searched by content.
TAG_CHECKS_BEFORE_CONTENT_SEARCH = 2

DueWork = tuple[str, QuerySet[Any], str, Callable[[Any], str], int]


class ExpiryOutcome(enum.StrEnum):
    """What became of an order whose hold or time ran out."""

    SOLD = "sold"
    IN_REVIEW = "kept for review"
    RESUMED = "resumed by the shopper"
    EXPIRED = "expired"


def reconcile_due_rows(*, limit: int = 100) -> Counter[str]:
    """Do what is due, at most `limit` rows of each kind. Return counts by kind and outcome."""
    done: Counter[str] = Counter()
    schedule_order_listings()
    schedule_figures()
    for kind, rows, field, work, most in _list_due_work(limit):
        claimed = claim_due_rows(rows, field, limit=most)
        _process_rows(done=done, kind=kind, rows=claimed, work=work)
    _process_rows(
        done=done, kind="expired holds", rows=stock.list_expired_holds(limit=limit), work=handle_expired_hold
    )
    done["abandoned orders"] += cancel_abandoned_orders(limit=limit)
    done["upsells in doubt"] += resolve_due_upsell_attempts(limit=limit)
    done["stock alerts"] += queue_due_stock_alerts(limit=limit)
    done["emails"] += notifications.send_due_notifications(limit=limit)
    return +(done + delete_old_rows())


def _list_due_work(limit: int) -> list[DueWork]:
    """Return each kind of rows, the field that says when one is due, the work, and the most rows at once."""
    day_ago = timezone.now() - datetime.timedelta(seconds=DAY_SECONDS)
    intents = PaymentIntent.objects.select_related("store")
    orders = Order.objects.select_related("store")
    recent, old = intents.filter(created_at__gt=day_ago), intents.filter(created_at__lte=day_ago)
    events = WebhookEvent.objects.select_related("store")
    listings = OrderListing.objects.select_related("store")
    refunds = list_refunds_in_doubt()
    subscriptions = Subscription.objects.select_related("store")
    carts = OpenCart.objects.select_related("store")
    reminders = CartReminder.objects.all()
    notices = ContractNotice.objects.all()
    figures = StoreFigures.objects.select_related("store")
    few, fewer = max(limit // 5, 1), max(limit // 10, 1)
    return [
        ("webhook events", events, "next_try_at", handle_webhook_event, limit),
        ("payment intents", recent, "next_check_at", handle_payment_intent, limit),
        ("order lists", listings, "due_at", check_order_list, limit),
        ("refunds in doubt", refunds, "next_check_at", check_refund_in_doubt, limit),
        ("verification amounts", orders, "verification_refund_due_at", process_verification_refund, limit),
        ("orders", orders, "refresh_at", handle_order_refresh, limit),
        ("subscriptions", subscriptions, "refresh_at", handle_subscription, limit),
        ("withdrawals", notices.filter(kind=NoticeKind.WITHDRAWAL), "process_at", process_withdrawal, limit),
        (
            *("cancellations", notices.filter(kind=NoticeKind.CANCELLATION)),
            *("process_at", process_cancellation, limit),
        ),
        # Shoppers who may have just paid come before all who left without paying.
        ("old payment intents", old, "next_check_at", handle_payment_intent, few),
        ("cart reminders", reminders, "due_at", process_cart_reminder, fewer),
        ("carts", carts, "delete_at", delete_open_cart, fewer),
        ("figures", figures, "due_at", sum_due_days, fewer),
    ]


def _process_rows(*, done: Counter[str], kind: str, rows: Iterable[Any], work: Callable[[Any], str]) -> None:
    """Run `work` on each row and count the outcome it returns. One row's error never stops the others."""
    for row in rows:
        try:
            done[f"{kind}: {work(row)}"] += 1
        except NextApiError as error:
            done[f"{kind}: NEXT unreachable"] += 1
            logger.warning("%s %s: NEXT couldn't be reached: %s", kind, row, error)
        except NextOrderMismatch as mismatch:
            done[f"{kind}: refused"] += 1
            logger.warning("%s %s: refused an answer about another order: %s", kind, row, mismatch)
        except Exception:
            # The row comes back when its lease ends.
            done[f"{kind}: failed"] += 1
            logger.exception("%s %s couldn't be processed", kind, row)


def handle_webhook_event(event: WebhookEvent) -> str:
    """Apply a saved event that couldn't be applied when it arrived."""
    apply_webhook_event(event)
    return "applied"


def handle_payment_intent(intent: PaymentIntent) -> str:
    """Check an intent whose outcome is unknown or may still change. Return its status."""
    if not intent.can_be_paid:
        PaymentIntent.objects.filter(pk=intent.pk).update(next_check_at=None)
        return "already settled"
    if intent.is_queued:
        return end_queued_payment(intent).status
    before, checks = intent.status, intent.check_count
    intent = check_payment_intent(intent=intent, source=SOURCE, background=True)
    if intent.can_be_paid and not intent.is_processing:  # its order is known, and its bank takes days
        intent = _look_further(intent, was_checked=intent.check_count > checks)
    return intent.status if intent.status != before else f"still {intent.status}"


def _look_further(intent: PaymentIntent, *, was_checked: bool) -> PaymentIntent:
    """Search for an order without the intent's tag, and expire an attempt that is over a day old."""
    is_expired = intent.age >= DAY_SECONDS and was_checked
    if is_expired or intent.check_count >= TAG_CHECKS_BEFORE_CONTENT_SEARCH:
        intent = settle_untagged_order(intent)
    if is_expired and intent.can_be_paid:
        intent = expire_old_intent(intent)
    return intent


def settle_untagged_order(intent: PaymentIntent) -> PaymentIntent:
    """Settle with a NEXT order that lost its tag. One that only matches by content goes to review."""
    for next_order in next_order_lookup.find_next_orders_by_content(intent=intent):
        if is_order_of_intent(intent=intent, next_order=next_order):
            return settle_payment_intent(intent=intent, next_order=next_order, source=SOURCE)
        if next_order.is_settled:
            return review_untagged_order(intent=intent, next_order=next_order, source=SOURCE)
    return intent


def handle_order_refresh(order: Order) -> str:
    """Mirror an order that changed in NEXT or wasn't synced for a long time."""
    if not order.next_order_number:
        Order.objects.filter(pk=order.pk).update(refresh_at=None)
        return "not in NEXT"
    try:
        result = sync_order(order=order, source=SOURCE, background=True)
    except NextOrderMismatch:
        postpone_order_refresh(order)
        return "refused: another order"
    except NextApiError as error:
        if error.status != 404:
            raise
        return handle_missing_order(order)
    if result.order.awaits_address:
        return continue_address_change(result.order)
    return "mirrored" if result.has_changed else "unchanged"


@transaction.atomic
def handle_missing_order(order: Order) -> str:
    """Log once that NEXT no longer has the order (test orders are deleted in bulk). Our order stays.

    It is still checked, as rarely as a quiet order: the store's API URL may have been wrong for a while.
    """
    order = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    postpone_order_refresh(order)
    if not order.events.filter(kind=OrderEvent.Kind.GONE).exists():
        text = sentences.ORDER_GONE.fill(number=order.next_order_number or "")
        log_order_event(order=order, kind=OrderEvent.Kind.GONE, text=text, source=SOURCE)
    return "deleted in NEXT"


def handle_subscription(subscription: Subscription) -> str:
    """Sync a subscription with NEXT and carry out its pending action. Return its status."""
    return sync_subscription(subscription=subscription).status


def handle_expired_hold(reference: str) -> str:
    """End an expired hold: as a sale if NEXT has the payment, otherwise by releasing the stock.

    Raises NextApiError if NEXT can't be reached. The hold then stays, so that nothing is sold twice.
    """
    order = Order.objects.filter(pk=reference).first()
    if order is None:
        stock.release_hold(reference=reference)
        return "released"
    intents = list(order.payment_intents.select_related("store", "order"))
    for intent in intents:
        try:
            is_awaited = intent.is_open and is_payment_awaited(intent)
        except NextOrderMismatch:
            is_awaited = True  # the right answer tells
        if is_awaited:
            stock.extend_hold(reference=order.pk, until=timezone.now() + UNPAID_NEXT_ORDER_EXTENSION)
            return "awaiting payment in NEXT"
    return expire_order(order)


def is_payment_awaited(intent: PaymentIntent) -> bool:
    """Ask NEXT about an open intent. Return True if NEXT has its order, but not the money yet.

    Not `check_payment_intent`, which may skip the check and hides errors from shoppers.
    """
    next_order = next_order_lookup.find_next_order(intent=intent, background=True)
    if next_order is None:
        settle_untagged_order(intent)
        return False
    return settle_payment_intent(intent=intent, next_order=next_order, source=SOURCE).is_open


@transaction.atomic
def expire_order(order: Order) -> ExpiryOutcome:
    """Expire the order's open attempts, release its stock and cancel it, unless it is paid or being paid."""
    order = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    intents = [lock_intent(intent) for intent in order.payment_intents.select_related("store")]
    if order.is_paid:
        stock.mark_sold(reference=order.pk)
        return ExpiryOutcome.SOLD
    if order.is_in_review:
        stock.extend_hold(reference=order.pk, until=timezone.now() + datetime.timedelta(days=30))
        return ExpiryOutcome.IN_REVIEW
    if any(intent.is_open for intent in intents) and stock.has_running_hold(reference=order.pk):
        return ExpiryOutcome.RESUMED  # the shopper came back while NEXT was being asked
    now = timezone.now()
    later = now + datetime.timedelta(hours=1)
    for intent in intents:
        transitions.expire_intent(intent, settled_at=now, next_check_at=later)
    stock.release_hold(reference=order.pk)
    if order.status == Order.Status.PENDING:
        order.status = Order.Status.CANCELED
        order.save(update_fields=["status", "updated_at"])
        text = sentences.NOT_PAID_IN_TIME.fill()
        log_order_event(order=order, kind=OrderEvent.Kind.CANCELED, text=text, source=SOURCE)
    return ExpiryOutcome.EXPIRED


def cancel_abandoned_orders(*, limit: int) -> int:
    """Cancel unpaid orders older than a day without an open attempt. Return how many.

    An order whose attempt was declined has no hold left whose expiry would cancel it. Orders that NEXT knows
    follow NEXT.
    """
    busy = (*PaymentIntent.OPEN, PaymentIntent.Status.SUCCEEDED)
    abandoned = Order.objects.filter(
        store__in=Store.objects.values("pk"),
        status=Order.Status.PENDING,
        created_at__lt=timezone.now() - datetime.timedelta(seconds=DAY_SECONDS),
        next_order_number=None,
    ).exclude(payment_intents__status__in=busy)
    abandoned = abandoned.exclude(pk__in=list_orders_in_review())
    return sum(
        expire_order(order) is ExpiryOutcome.EXPIRED for order in abandoned.order_by("created_at")[:limit]
    )
