"""Payments whose money comes days after the order, such as direct debits.

NEXT has the order, so it counts as placed: its stock stays held, and nobody may pay for it again. It isn't
paid before NEXT says so, and until then the bank may refuse.
"""

import datetime

from django.utils import timezone

from catalog import stock
from checkout import sentences
from checkout.models import PaymentIntent
from checkout.payments import transitions
from checkout.payments.order_matching import next_order_fields
from nextcommerce.schemas import NextOrder
from orders.models import Order, OrderEvent
from orders.order_log import log_order_event
from orders.snapshot import apply_snapshot

# Longer than any bank takes. Afterwards, the reconciler holds the stock for as long as NEXT awaits the money.
HOLD_TIME = datetime.timedelta(days=14)
# A webhook usually tells first.
CHECK_INTERVAL = datetime.timedelta(hours=6)


def is_money_on_its_way(*, intent: PaymentIntent, next_order: NextOrder) -> bool:
    """Return True if the shopper has done all there is to do, and the money may take days.

    An order that is paid otherwise isn't touched: if the money does come, it was paid twice.
    """
    if next_order.is_void or intent.order.is_paid:
        return False
    # Once NEXT awaits the money, only what ends that counts.
    return intent.is_processing or (intent.payment_method.settles_later and next_order.payment.is_pending)


def record_pending_payment(
    *, intent: PaymentIntent, next_order: NextOrder, source: OrderEvent.Source
) -> None:
    """Record that the order is placed and its money awaited. The caller holds the row locks."""
    now, order = timezone.now(), intent.order
    changes = {"check_count": intent.check_count + 1, "next_check_at": now + CHECK_INTERVAL}
    fields = next_order_fields(next_order) | {"answered_at": intent.answered_at or now}
    if not transitions.mark_processing(intent, **changes, **fields):
        postpone_pending_check(intent)
        return
    if intent.pk != order.payment_intents.values_list("pk", flat=True)[0]:
        # The shopper went back, changed the selection, and then paid for this one after all.
        apply_snapshot(order=order, snapshot=intent.snapshot)
    stock.extend_hold(reference=order.pk, until=now + HOLD_TIME)
    order.status, order.payment_pending_at = Order.Status.PENDING, now
    order.save(update_fields=["status", "payment_pending_at", "updated_at"])
    log_order_event(
        order=order,
        kind=OrderEvent.Kind.PAYMENT_PENDING,
        text=sentences.PAYMENT_PENDING.fill(method=intent.payment_method.label),
        source=source,
    )


def postpone_pending_check(intent: PaymentIntent) -> None:
    """Count a check that told nothing new, and schedule the next. The caller holds the row locks."""
    intent.check_count += 1
    intent.next_check_at = timezone.now() + CHECK_INTERVAL
    intent.save(update_fields=["check_count", "next_check_at", "updated_at"])


def would_pay_twice(order: Order) -> bool:
    """Return True if the order has received money, or is about to. May cost a query."""
    return order.is_paid or order.is_payment_pending or order.is_in_review


def forget_pending_payment(intent: PaymentIntent) -> None:
    """Note that the bank refused: the order may be paid again. The caller holds the row locks."""
    order = intent.order
    others = order.payment_intents.filter(status=PaymentIntent.Status.PROCESSING).exclude(pk=intent.pk)
    if order.payment_pending_at is None or others.exists():
        return
    order.payment_pending_at = None
    order.save(update_fields=["payment_pending_at", "updated_at"])
