"""Applying what the store tells by webhook. An event is a reason to look; every path ends in a mirror."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from checkout.models import PaymentIntent, WebhookEvent
from checkout.payments.next_order_lookup import find_intents_of_order
from checkout.payments.settle import settle_matching_intent
from nextcommerce.order_schemas import NextOrder
from nextcommerce.parsing import parse_text
from orders.mirror import mirror_order, order_refresh_time
from orders.models import Order, OrderEvent
from stores.next_client import open_next_client
from subscriptions.mirror import schedule_subscription_sync, subscription_ids_in

SOURCE = OrderEvent.Source.WEBHOOK


def apply_webhook_event(event: WebhookEvent) -> None:
    """Apply a kept event. What it leaves open is looked at soon: the store is not asked while it delivers."""
    outcome = _dispatch_webhook_event(event)
    WebhookEvent.objects.filter(pk=event.pk).update(next_try_at=None, outcome=outcome[:200])


def _dispatch_webhook_event(event: WebhookEvent) -> str:
    """Return what was done."""
    kind = event.event_type.partition(".")[0]
    data = event.data if isinstance(event.data, dict) else {}
    if kind == "order":
        return _apply_order_event(event, data)
    if kind == "subscription":
        found = schedule_subscription_sync(store_id=event.store_id, number=data.get("id"))
        return "the subscription is looked at" if found else "not a subscription of this shop"
    if kind == "transaction":
        for number in subscription_ids_in(data):
            schedule_subscription_sync(store_id=event.store_id, number=number)
        return _schedule_order_refresh(event, number=data.get("order"), attribution=data.get("attribution"))
    if kind == "fulfillment":
        return _schedule_order_refresh(
            event, number=data.get("order_number") or data.get("order"), attribution=None
        )
    if kind == "customer":
        found = _schedule_payment_checks(event, email=parse_text(data.get("email")))
        return "open payments of this person are looked at" if found else "nobody who is paying here"
    return "nothing to do"


def _apply_order_event(event: WebhookEvent, data: dict[str, Any]) -> str:
    next_order = NextOrder.parse(data)
    if next_order is None:
        return "no order in it"
    if next_order.is_renewal:
        return _apply_renewal_event(event, next_order)
    intents = find_intents_of_order(store=event.store, next_order=next_order)
    if not next_order.lines and intents.exists():
        # An older API version, or fields missing: the webhook is a hint, the store's answer counts.
        now = timezone.now()
        intents.filter(status__in=PaymentIntent.UNPAID).update(next_check_at=now)
        orders = Order.objects.filter(store=event.store_id, next_order_number=next_order.number)
        orders.update(refresh_at=now)
        return "no lines in it: the store is asked"
    intent = settle_matching_intent(intents=intents, store=event.store, next_order=next_order, source=SOURCE)
    return f"{intent.pk}: {intent.status}" if intent else _handle_unmatched_order(event, next_order)


def _apply_renewal_event(event: WebhookEvent, next_order: NextOrder) -> str:
    """A later cycle's order: its subscription is looked at, and so is the order where we have it already."""
    known = [
        schedule_subscription_sync(store_id=event.store_id, number=number)
        for number in next_order.subscription_ids
    ]
    orders = Order.objects.filter(store=event.store_id, next_order_number=next_order.number)
    orders.update(refresh_at=timezone.now())
    return "a renewal: its subscription is looked at" if any(known) else "not a renewal of this shop"


def _handle_unmatched_order(event: WebhookEvent, next_order: NextOrder) -> str:
    """An order that names no payment of ours: made elsewhere, or robbed of its mark on the way."""
    if _schedule_payment_checks(event, email=next_order.email):
        return "not marked as ours: open payments of the same person are looked at"
    return "not an order of this shop"


def _schedule_payment_checks(event: WebhookEvent, *, email: str) -> bool:
    """Have the unpaid attempts of whoever has this e-mail looked at soon; return whether there are any."""
    if not email:
        return False  # else whoever was erased would be meant
    unpaid = PaymentIntent.objects.filter(
        store=event.store_id, order__email__iexact=email, next_check_at__isnull=False
    )
    return unpaid.update(next_check_at=timezone.now()) > 0


def _schedule_order_refresh(event: WebhookEvent, *, number: Any, attribution: Any) -> str:
    """Have the order this is about looked at soon."""
    now = timezone.now()
    if isinstance(number, str | int) and (
        Order.objects.filter(store=event.store_id, next_order_number=str(number)).update(refresh_at=now)
    ):
        return f"NEXT order {number} is looked at"
    metadata = attribution.get("metadata") if isinstance(attribution, dict) else None
    named = metadata.get("payment_intent") if isinstance(metadata, dict) else None
    if isinstance(named, str) and PaymentIntent.objects.filter(
        store=event.store_id, pk=named, status__in=PaymentIntent.UNPAID
    ).update(next_check_at=now):
        return f"{named} is looked at"
    return "not of this shop"


def sync_order(*, order: Order, source: str, actor: str = "", background: bool = True) -> bool:
    """Fetch the order from the store and mirror it; return whether anything changed.

    Errors: AdminApiError; nothing is changed then.
    """
    assert order.next_order_number is not None
    looked_for = order.refresh_at
    next_order = open_next_client(order.store, background=background).retrieve_order(order.next_order_number)
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if order.refresh_at == looked_for:  # else something happened to it during the call
            order.refresh_at = order_refresh_time(order)
            order.save(update_fields=["refresh_at"])
        return mirror_order(order=order, next_order=next_order, source=source, actor=actor)
