"""Applying webhook events from NEXT: an event settles a payment or schedules a check with NEXT."""

from django.utils import timezone

from catalog.product_refresh import schedule_reported_product
from checkout import sentences
from checkout.models import PaymentIntent, WebhookEvent
from checkout.payments.next_order_lookup import find_intents_of_order
from checkout.payments.reported_orders import schedule_payment_checks, settle_reported_order
from nextcommerce.schemas import NextEvent, NextOrder
from nextcommerce.statuses import NextEventSubject
from nextcommerce.store_deserializers import deserialize_event
from orders.models import Order, OrderEvent
from orders.next_order_identity import INTENT_METADATA_KEY
from stores.models import StoreHealth
from subscriptions.mirror import schedule_subscription_sync
from wording.sentence import Sentence

SOURCE = OrderEvent.Source.WEBHOOK


def apply_webhook_event(event: WebhookEvent) -> None:
    """Apply a saved event and record the outcome.

    NEXT is never called here: what an event leaves open is scheduled for the reconciler.
    """
    outcome = _dispatch_webhook_event(event)
    WebhookEvent.objects.filter(pk=event.pk).update(next_try_at=None, outcome=outcome)


def _dispatch_webhook_event(event: WebhookEvent) -> Sentence:
    """Apply the event by its subject. Return what was done."""
    next_event = deserialize_event(event.event_type, event.data)
    if next_event.subject is NextEventSubject.ORDER:
        return _apply_order_event(event, next_event.order)
    if next_event.subject is NextEventSubject.CUSTOMER:
        found = schedule_payment_checks(store=event.store, email=next_event.email)
        return sentences.PAYMENTS_TO_CHECK.fill() if found else sentences.NO_OPEN_PAYMENTS.fill()
    if next_event.subject is NextEventSubject.PRODUCT:
        return _schedule_product_refresh(event, next_event)
    if next_event.subject in {NextEventSubject.STORE, NextEventSubject.GATEWAY}:
        # Its payment methods may be others now.
        StoreHealth.record(event.store, check_due_at=timezone.now())
        return sentences.STORE_TO_CHECK.fill()
    known_subscriptions = [
        schedule_subscription_sync(store_id=event.store_id, number=number)
        for number in next_event.subscription_ids
    ]
    if next_event.subject is NextEventSubject.SUBSCRIPTION:
        is_known = any(known_subscriptions)
        return sentences.SUBSCRIPTION_TO_SYNC.fill() if is_known else sentences.UNKNOWN_SUBSCRIPTION.fill()
    if next_event.subject in {NextEventSubject.TRANSACTION, NextEventSubject.FULFILLMENT}:
        return _schedule_order_refresh(event, next_event)
    return sentences.NOTHING_TO_DO.fill()


def _apply_order_event(event: WebhookEvent, next_order: NextOrder | None) -> Sentence:
    if next_order is None:
        return sentences.NO_ORDER_IN_EVENT.fill()
    if next_order.is_renewal:
        return _apply_renewal_event(event, next_order)
    intents = find_intents_of_order(store=event.store, next_order=next_order)
    if not next_order.lines and intents.exists():
        # An older API version, or missing fields: the event is only a hint to ask NEXT.
        now = timezone.now()
        intents.filter(status__in=PaymentIntent.UNPAID).update(next_check_at=now)
        orders = Order.objects.filter(store=event.store_id, next_order_number=next_order.number)
        orders.update(refresh_at=now)
        return sentences.NO_ITEMS_IN_EVENT.fill()
    return settle_reported_order(store=event.store, next_order=next_order, source=SOURCE)[1]


def _apply_renewal_event(event: WebhookEvent, next_order: NextOrder) -> Sentence:
    """Schedule a sync of the renewed subscription, and of the renewal order if we have it."""
    known_subscriptions = [
        schedule_subscription_sync(store_id=event.store_id, number=number)
        for number in next_order.subscription_ids
    ]
    orders = Order.objects.filter(store=event.store_id, next_order_number=next_order.number)
    orders.update(refresh_at=timezone.now())
    is_known = any(known_subscriptions)
    return sentences.RENEWAL_TO_SYNC.fill() if is_known else sentences.RENEWAL_OF_OTHER_STORE.fill()


def _schedule_product_refresh(event: WebhookEvent, next_event: NextEvent) -> Sentence:
    """Schedule the product to be read: events of one product may arrive in any order."""
    number = next_event.product_id
    if number is None:
        return sentences.NO_PRODUCT_IN_EVENT.fill()
    is_ours = schedule_reported_product(store=event.store, next_product_id=number)
    return sentences.PRODUCT_TO_READ.fill(number=number) if is_ours else sentences.NO_PRODUCT_IMPORT.fill()


def _schedule_order_refresh(event: WebhookEvent, next_event: NextEvent) -> Sentence:
    """Schedule a check of the order, or of the open payment, that the event is about."""
    now, number = timezone.now(), next_event.order_number
    orders = Order.objects.filter(store=event.store_id, next_order_number=number)
    if number and orders.update(refresh_at=now):
        return sentences.ORDER_TO_SYNC.fill(number=number)
    unpaid = PaymentIntent.objects.filter(store=event.store_id, status__in=PaymentIntent.UNPAID)
    intent_id = next_event.metadata.get(INTENT_METADATA_KEY)
    if intent_id and unpaid.filter(pk=intent_id).update(next_check_at=now):
        return sentences.PAYMENT_TO_CHECK.fill(payment=intent_id)
    return sentences.NOT_OF_THIS_STORE.fill()
