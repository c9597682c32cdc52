"""What happened, for the webhooks that asked for it (section 4)."""

import random
from datetime import timedelta

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from .catalog import Row
from .delivery_signal import WAKE
from .models import Customer, Delivery, Fulfilment, Order, Store, Subscription, Transaction, Webhook
from .serializers.customers import user_json
from .serializers.fulfillments import fulfilment_json
from .serializers.orders import order_json
from .serializers.payments import transaction_json
from .serializers.subscriptions import subscription_json

EVENTS = (
    "customer.created",
    "fulfillment.created",
    "fulfillment.updated",
    "order.created",
    "order.updated",
    "subscription.created",
    "subscription.updated",
    "transaction.created",
)
# Events of the real store that the sandbox has no cause to send.
QUIET_EVENTS = (
    "app.uninstalled",
    "cart.abandoned",
    "customer.updated",
    "customer.redacted",
    "customer.deleted",
    "dispute.created",
    "dispute.updated",
    "export.created",
    "gateway.created",
    "gateway.updated",
    "product.created",
    "product.deleted",
    "product.updated",
    "store.updated",
    "ticket.created",
    "ticket.updated",
    "transaction.updated",
)
SUBJECTS: dict[str, type[Model]] = {
    "customer": Customer,
    "fulfillment": Fulfilment,
    "order": Order,
    "subscription": Subscription,
    "transaction": Transaction,
}
SHUFFLED_WITHIN = 0.5


def emit(*, store: Store, event: str, subject: Model) -> None:
    """Plan the event's deliveries. Call it in the transaction that made it happen."""
    switch = store.switches["webhooks"]
    if not switch["enabled"]:
        return
    mode = switch["mode"]
    due = timezone.now() + timedelta(seconds=_delay(mode, switch["delay"]))
    missing = mode == "missing"
    for webhook in store.webhooks.filter(active=True):
        if event not in webhook.events:
            continue
        first = Delivery.objects.create(
            webhook=webhook,
            event_type=event,
            subject=event.split(".")[0],
            subject_id=subject.pk,
            due_at=due,
            state=Delivery.State.MISSED if missing else Delivery.State.WAITING,
        )
        if mode == "double":
            first.pk = None
            first._state.adding = True
            first.save()
    transaction.on_commit(WAKE.set)


def _delay(mode: str, delay: float) -> float:
    if mode == "late":
        return delay
    if mode == "shuffled":
        return random.uniform(0, delay or SHUFFLED_WITHIN)
    return 0


def envelope(delivery: Delivery) -> Row | None:
    """The body of an event, with its object as it is now; None when it is gone."""
    webhook = delivery.webhook
    subject = SUBJECTS[delivery.subject]._default_manager.filter(pk=delivery.subject_id).first()
    if subject is None:
        return None
    return {
        "api_version": webhook.api_version or "2024-04-01",
        "object": delivery.subject,
        "data": _data(subject),
        "event_id": str(delivery.event_id),
        "event_type": delivery.event_type,
        "webhook": {
            "id": webhook.pk,
            "store": webhook.store.name,
            "events": webhook.events,
            "target": webhook.target,
        },
    }


def _data(subject: Model) -> Row:
    if isinstance(subject, Order):
        return order_json(subject)
    if isinstance(subject, Transaction):
        return transaction_json(subject)
    if isinstance(subject, Subscription):
        return subscription_json(subject)
    if isinstance(subject, Fulfilment):
        return fulfilment_json(subject)
    assert isinstance(subject, Customer)
    return user_json(subject)


def secret_of(webhook: Webhook) -> str:
    return webhook.secret_key or webhook.store.webhook_secret
