"""Applying what the store tells by webhook. An event is a reason to look; every path ends in a mirror."""

import datetime
import logging
from typing import Any

from django.db import transaction
from django.utils import timezone

from checkout.lookup import intents_of
from checkout.models import PaymentIntent, WebhookEvent
from checkout.settlement import settle_one
from orders.mirror import mirror, next_look
from orders.models import Order, OrderEvent
from orders.subscriptions.mirror import note_news, subscription_ids
from stores.admin_api import AdminApi, AdminApiError, StoreOrder

logger = logging.getLogger(__name__)

SOURCE = OrderEvent.Source.WEBHOOK
# An event that cannot be applied is tried so often, each time twice as late, then left to the reconciler's
# own looks at intents and orders, which miss nothing.
MAX_TRIES = 10


def apply(event: WebhookEvent, *, may_ask: bool) -> WebhookEvent:
    """Apply a kept event, once; `may_ask` allows calls to the store (never while it waits for our answer).

    An event that cannot be applied yet keeps a time for the next try.
    """
    try:
        outcome = _apply(event, may_ask=may_ask)
    except AdminApiError as error:
        outcome = None
        logger.warning("webhook event %s: the store could not be asked: %s", event.event_id, error.message)
    if outcome is None:
        event.tries += 1
        delay = datetime.timedelta(seconds=5 * 2**event.tries)
        event.next_try_at = timezone.now() + delay if event.tries < MAX_TRIES else None
        event.outcome = "waits" if event.next_try_at else "given up: found by looking at the order itself"
    else:
        event.next_try_at = None
        event.outcome = outcome[:200]
    WebhookEvent.objects.filter(pk=event.pk).update(
        tries=event.tries, next_try_at=event.next_try_at, outcome=event.outcome
    )
    return event


def _apply(event: WebhookEvent, *, may_ask: bool) -> str | None:
    """Return what was done, or None where it must wait."""
    kind = event.event_type.partition(".")[0]
    data = event.data if isinstance(event.data, dict) else {}
    if kind == "order":
        return _apply_order(event, data, may_ask=may_ask)
    if kind == "subscription":
        found = note_news(store_id=event.store_id, number=data.get("id"))
        return "the subscription is looked at" if found else "not a subscription of this shop"
    if kind == "transaction":
        for number in subscription_ids(data):
            note_news(store_id=event.store_id, number=number)
        return _refresh(event, number=data.get("order"), attribution=data.get("attribution"))
    if kind == "fulfillment":
        return _refresh(event, number=data.get("order_number") or data.get("order"), attribution=None)
    return "nothing to do"


def _apply_order(event: WebhookEvent, data: dict[str, Any], *, may_ask: bool) -> str | None:
    news = StoreOrder.parse(data)
    if news is None:
        return "no order in it"
    store_order: StoreOrder = news
    if store_order.is_renewal:
        return _apply_renewal(event, store_order)
    intents = intents_of(store=event.store, store_order=store_order)
    if not store_order.lines and intents.exists():
        # An older API version, or fields missing: the webhook is a hint, the store's answer counts.
        if not may_ask:
            return None
        store_order = AdminApi(event.store, background=True).retrieve_order(store_order.number)
        intents = intents_of(store=event.store, store_order=store_order)
    intent = settle_one(intents=intents, store=event.store, store_order=store_order, source=SOURCE)
    return f"{intent.pk}: {intent.status}" if intent else _without_intent(event, store_order)


def _apply_renewal(event: WebhookEvent, store_order: StoreOrder) -> str:
    """A later cycle's order: its subscription is looked at, and so is the order where we have it already."""
    known = [note_news(store_id=event.store_id, number=number) for number in store_order.subscription_ids]
    orders = Order.objects.filter(store=event.store_id, store_order_number=store_order.number)
    orders.update(refresh_at=timezone.now())
    return "a renewal: its subscription is looked at" if any(known) else "not a renewal of this shop"


def _without_intent(event: WebhookEvent, store_order: StoreOrder) -> str:
    """An order that names no payment of ours: made elsewhere, or robbed of its mark on the way."""
    open_intents = PaymentIntent.objects.filter(
        store=event.store_id,
        status__in=PaymentIntent.UNPAID,
        order__email__iexact=store_order.email,
        next_check_at__isnull=False,
    )
    if store_order.email and open_intents.update(next_check_at=timezone.now()):
        return "not marked as ours: open payments of the same person are looked at"
    return "not an order of this shop"


def _refresh(event: WebhookEvent, *, number: Any, attribution: Any) -> str:
    """Have the order this is about looked at soon."""
    now = timezone.now()
    if isinstance(number, str | int) and (
        Order.objects.filter(store=event.store_id, store_order_number=str(number)).update(refresh_at=now)
    ):
        return f"store order {number} is looked at"
    metadata = attribution.get("metadata") if isinstance(attribution, dict) else None
    named = metadata.get("payment_intent") if isinstance(metadata, dict) else None
    if isinstance(named, str) and PaymentIntent.objects.filter(
        store=event.store_id, pk=named, status__in=PaymentIntent.UNPAID
    ).update(next_check_at=now):
        return f"{named} is looked at"
    return "not of this shop"


def refresh(*, order: Order, source: str, actor: str = "", background: bool = True) -> bool:
    """Fetch the order from the store and mirror it; return whether anything changed.

    Errors: AdminApiError; nothing is changed then.
    """
    assert order.store_order_number is not None
    looked_for = order.refresh_at
    store_order = AdminApi(order.store, background=background).retrieve_order(order.store_order_number)
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if order.refresh_at == looked_for:  # else something happened to it during the call
            order.refresh_at = next_look(order)
            order.save(update_fields=["refresh_at"])
        return mirror(order=order, store_order=store_order, source=source, actor=actor)
