"""Applying webhook events from NEXT: an event settles a payment or schedules a check with NEXT."""

from django.utils import timezone

from catalog.product_refresh import schedule_reported_product
from checkout.models import PaymentIntent, WebhookEvent
from checkout.payments.next_order_lookup import find_intents_of_order
from checkout.payments.reported_orders import schedule_payment_checks, settle_reported_order
from nextcommerce.schemas import NextEvent, NextOrder
from nextcommerce.statuses import NextEventSubject
from nextcommerce.store_deserializers import deserialize_event
from orders.models import Order, OrderEvent
from orders.next_order_identity import INTENT_METADATA_KEY
from subscriptions.mirror import schedule_subscription_sync

SOURCE = OrderEvent.Source.WEBHOOK


def apply_webhook_event(event: WebhookEvent) -> None:
    """Apply a saved event and record the outcome.

    NEXT is never called here: what an event leaves open is scheduled for the reconciler.
    """
    outcome = _dispatch_webhook_event(event)
    WebhookEvent.objects.filter(pk=event.pk).update(next_try_at=None, outcome=outcome[:200])


def _dispatch_webhook_event(event: WebhookEvent) -> str:
    """Apply the event by its subject. Return what was done, as a phrase for staff."""
    next_event = deserialize_event(event.event_type, event.data)
    if next_event.subject is NextEventSubject.ORDER:
        return _apply_order_event(event, next_event.order)
    if next_event.subject is NextEventSubject.CUSTOMER:
        found = schedule_payment_checks(store=event.store, email=next_event.email)
        return "this person's open payments will be checked" if found else "this person has no open payments"
    if next_event.subject is NextEventSubject.PRODUCT:
        return _schedule_product_refresh(event, next_event)
    known_subscriptions = [
        schedule_subscription_sync(store_id=event.store_id, number=number)
        for number in next_event.subscription_ids
    ]
    if next_event.subject is NextEventSubject.SUBSCRIPTION:
        is_known = any(known_subscriptions)
        return "the subscription will be synced" if is_known else "no such subscription here yet"
    if next_event.subject in {NextEventSubject.TRANSACTION, NextEventSubject.FULFILLMENT}:
        return _schedule_order_refresh(event, next_event)
    return "nothing to do"


def _apply_order_event(event: WebhookEvent, next_order: NextOrder | None) -> str:
    if next_order is None:
        return "no order in the event"
    if next_order.is_renewal:
        return _apply_renewal_event(event, next_order)
    intents = find_intents_of_order(store=event.store, next_order=next_order)
    if not next_order.lines and intents.exists():
        # An older API version, or missing fields: the event is only a hint to ask NEXT.
        now = timezone.now()
        intents.filter(status__in=PaymentIntent.UNPAID).update(next_check_at=now)
        orders = Order.objects.filter(store=event.store_id, next_order_number=next_order.number)
        orders.update(refresh_at=now)
        return "no items in the event: NEXT Commerce will be asked"
    return settle_reported_order(store=event.store, next_order=next_order, source=SOURCE)[1]


def _apply_renewal_event(event: WebhookEvent, next_order: NextOrder) -> str:
    """Schedule a sync of the renewed subscription, and of the renewal order if we have it."""
    known_subscriptions = [
        schedule_subscription_sync(store_id=event.store_id, number=number)
        for number in next_order.subscription_ids
    ]
    orders = Order.objects.filter(store=event.store_id, next_order_number=next_order.number)
    orders.update(refresh_at=timezone.now())
    return (
        "a renewal: its subscription will be synced"
        if any(known_subscriptions)
        else "not a renewal of this store"
    )


def _schedule_product_refresh(event: WebhookEvent, next_event: NextEvent) -> str:
    """Schedule the product to be read: events of one product may arrive in any order."""
    number = next_event.product_id
    if number is None:
        return "no product in the event"
    is_ours = schedule_reported_product(store=event.store, next_product_id=number)
    return f"product {number} will be read" if is_ours else "this store doesn't import products"


def _schedule_order_refresh(event: WebhookEvent, next_event: NextEvent) -> str:
    """Schedule a check of the order, or of the open payment, that the event is about."""
    now, number = timezone.now(), next_event.order_number
    orders = Order.objects.filter(store=event.store_id, next_order_number=number)
    if number and orders.update(refresh_at=now):
        return f"NEXT Commerce order {number} will be synced"
    unpaid = PaymentIntent.objects.filter(store=event.store_id, status__in=PaymentIntent.UNPAID)
    intent_id = next_event.metadata.get(INTENT_METADATA_KEY)
    if intent_id and unpaid.filter(pk=intent_id).update(next_check_at=now):
        return f"{intent_id} will be checked"
    return "not about this store"
