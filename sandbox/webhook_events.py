"""Webhook events: which exist, when they are sent, and what their bodies hold."""

import random
import threading
from datetime import timedelta

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from .catalog import JsonObject, StoreCatalog
from .models import (
    Cart,
    Customer,
    Fulfillment,
    Order,
    Store,
    Subscription,
    Transaction,
    Webhook,
    WebhookDelivery,
)
from .serializers.carts import serialize_full_cart
from .serializers.catalog import serialize_full_product
from .serializers.customers import serialize_user
from .serializers.fulfillments import serialize_order_fulfillment
from .serializers.orders import serialize_full_order
from .serializers.payments import serialize_transaction
from .serializers.subscriptions import serialize_full_subscription
from .switches import WebhookMode

EVENT_TYPES = (
    "cart.abandoned",
    "customer.created",
    "fulfillment.created",
    "fulfillment.updated",
    "order.created",
    "order.updated",
    "product.created",
    "product.deleted",
    "product.updated",
    "subscription.created",
    "subscription.updated",
    "transaction.created",
)
# Events that a real store sends and the sandbox accepts in a webhook but never sends.
UNSENT_EVENT_TYPES = (
    "app.uninstalled",
    "customer.updated",
    "customer.redacted",
    "customer.deleted",
    "dispute.created",
    "dispute.updated",
    "export.created",
    "gateway.created",
    "gateway.updated",
    "store.updated",
    "ticket.created",
    "ticket.updated",
    "transaction.updated",
)
PRODUCT = "product"
SUBJECT_MODELS: dict[str, type[Model]] = {
    "cart": Cart,
    "customer": Customer,
    "fulfillment": Fulfillment,
    "order": Order,
    "subscription": Subscription,
    "transaction": Transaction,
}
DEFAULT_API_VERSION = "2024-04-01"
DEFAULT_SHUFFLE_SECONDS = 0.5

# Set when a delivery may be due; wakes the delivery thread.
DELIVERY_DUE = threading.Event()


def schedule_webhook_deliveries(*, store: Store, event: str, subject: Model) -> None:
    """Schedule the event's deliveries. Call it in the transaction of the change itself."""
    _schedule_event(store=store, event=event, subject_id=subject.pk)


def schedule_product_event(*, store: Store, event: str, product_id: int) -> None:
    """Schedule the deliveries of an event about a product, which has no row of its own."""
    _schedule_event(store=store, event=event, subject_id=product_id)


def _schedule_event(*, store: Store, event: str, subject_id: int) -> None:
    switch = store.switches["webhooks"]
    if not switch["enabled"]:
        return
    mode = switch["mode"]
    due = timezone.now() + timedelta(seconds=_get_delivery_delay(mode, switch["delay"]))
    state = WebhookDelivery.State.MISSED if mode == WebhookMode.MISSING else WebhookDelivery.State.WAITING
    for webhook in store.webhooks.filter(active=True):
        if event not in webhook.events:
            continue
        delivery = WebhookDelivery.objects.create(
            webhook=webhook,
            event_type=event,
            subject=event.split(".")[0],
            subject_id=subject_id,
            due_at=due,
            state=state,
        )
        if mode == WebhookMode.DOUBLE:
            # A copy with the same event_id.
            delivery.pk = None
            delivery._state.adding = True
            delivery.save()
    transaction.on_commit(DELIVERY_DUE.set)


def _get_delivery_delay(mode: str, delay: float) -> float:
    if mode == WebhookMode.LATE:
        return delay
    if mode == WebhookMode.SHUFFLED:
        return random.uniform(0, delay or DEFAULT_SHUFFLE_SECONDS)
    return 0


def build_webhook_body(delivery: WebhookDelivery) -> JsonObject | None:
    """Return the event's body with the current state of its object, or None if that was deleted."""
    webhook = delivery.webhook
    data = _find_event_data(delivery)
    if data is None:
        return None
    return {
        "api_version": webhook.api_version or DEFAULT_API_VERSION,
        "object": delivery.subject,
        "data": data,
        "event_id": str(delivery.event_id),
        "event_type": delivery.event_type,
        "webhook": {
            "id": webhook.pk,
            "store": webhook.store.name,
            "events": webhook.events,
            "target": webhook.target,
        },
    }


def _find_event_data(delivery: WebhookDelivery) -> JsonObject | None:
    if delivery.subject == PRODUCT:
        store = delivery.webhook.store
        product = StoreCatalog(store.catalog, store.currency).product(delivery.subject_id)
        if product is None or delivery.event_type == "product.deleted":
            return {"id": delivery.subject_id}
        return serialize_full_product(product, store)
    subject = SUBJECT_MODELS[delivery.subject]._default_manager.filter(pk=delivery.subject_id).first()
    return None if subject is None else _serialize_subject(subject)


def _serialize_subject(subject: Model) -> JsonObject:
    if isinstance(subject, Order):
        return serialize_full_order(subject)
    if isinstance(subject, Transaction):
        return serialize_transaction(subject)
    if isinstance(subject, Subscription):
        return serialize_full_subscription(subject)
    if isinstance(subject, Cart):
        return serialize_full_cart(subject)
    if isinstance(subject, Fulfillment):
        return serialize_order_fulfillment(subject)
    assert isinstance(subject, Customer)
    return serialize_user(subject)


def get_webhook_signing_secret(webhook: Webhook) -> str:
    return webhook.secret_key or webhook.store.webhook_secret
