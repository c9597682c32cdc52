"""Subscriptions as the store tells of them: expected from paid orders, mirrored at any time (3.7)."""

import datetime
from copy import deepcopy
from typing import Any

from django.utils import timezone

from nextcommerce.order_schemas import NextOrder
from nextcommerce.parsing import (
    iter_objects,
    parse_amount,
    parse_integer,
    parse_mapping,
    parse_text,
    parse_timestamp,
)
from nextcommerce.schemas import NextSubscription
from orders.models import Notification, Order
from subscriptions.models import Subscription
from subscriptions.notifications import add_pending_notification, build_pending_notification
from subscriptions.subscription_lines import mirror_subscription_lines

Status = Subscription.Status
PendingAction = Subscription.PendingAction
PAUSED, CANCELED = "paused", "canceled"
PAST_DUE_STATUSES = ("past_due", "retrying")  # the store's words while a renewal is declined and tried again


def register_order_subscriptions(*, order: Order, next_order: NextOrder) -> None:
    """Note the subscriptions that a paid order gave birth to (R148); what they are is read soon after.

    Doing it twice changes nothing. To be called in a transaction.
    """
    if not next_order.subscription_ids or next_order.is_renewal or not order.is_paid:
        return
    for number in next_order.subscription_ids:
        Subscription.objects.get_or_create(
            store_id=order.store_id,
            next_subscription_id=number,
            defaults={
                "order": order,
                "customer_id": order.customer_id,
                "currency": order.currency,
                "period_start": order.paid_at,
                "refresh_at": timezone.now(),
                "pending_notifications": [build_pending_notification(Notification.Kind.SUBSCRIBED)],
            },
        )


def schedule_subscription_sync(*, store_id: int, number: Any) -> bool:
    """Have a subscription looked at soon; False where it is not ours."""
    if parse_integer(number) is None:
        return False
    found = Subscription.objects.filter(store=store_id, next_subscription_id=number)
    return bool(found.update(refresh_at=timezone.now()))


def mirror_subscription(*, subscription: Subscription, found: NextSubscription) -> None:
    """Bring a subscription to what the store's says.

    The caller holds its row, with `store` and `order` loaded.
    """
    before = _column_values(subscription)
    raw = found.raw
    cycles = (parse_integer(item.get("billing_cycle")) or 0 for item in iter_objects(raw.get("orders")))
    if found.status in PAST_DUE_STATUSES and subscription.scheduled_renewal_at is None:
        subscription.scheduled_renewal_at = (
            subscription.next_renewal_at
        )  # from now on that is when it is tried again
    subscription.next_status = found.status[:32]
    subscription.currency = found.currency or subscription.currency
    subscription.shipping_price = parse_amount(raw.get("shipping_price")) or subscription.shipping_price
    subscription.cycle = max([subscription.cycle, *cycles])
    subscription.next_renewal_at = found.next_renewal_at
    subscription.paused_at = parse_timestamp(raw.get("paused_at"))
    subscription.paused_until = parse_timestamp(raw.get("paused_until"))
    subscription.lines = mirror_subscription_lines(subscription=subscription, found=found)
    trial_days = max(
        (line["terms"]["trial_period_days"] for line in subscription.lines if line["terms"]), default=0
    )
    if trial_days and subscription.trial_end is None and subscription.order.paid_at:
        began = subscription.order.paid_at + subscription.store.clock_offset
        subscription.trial_end = began + datetime.timedelta(days=trial_days)
    ended_by_store = found.status == CANCELED and not (
        subscription.cancel_at_period_end or subscription.pending_action == PendingAction.CANCEL
    )
    clear_fulfilled_action(subscription)
    subscription.status = derive_subscription_status(subscription)
    if subscription.is_over and subscription.canceled_at is None:
        subscription.canceled_at = subscription.store.now()
        if ended_by_store:
            add_pending_notification(subscription, Notification.Kind.ENDED)
        subscription.cancel_reason = subscription.cancel_reason or parse_text(raw.get("cancel_reason"))
    if _column_values(subscription) != before:
        subscription.save()


def _column_values(subscription: Subscription) -> dict[str, Any]:
    return deepcopy(
        {field.attname: getattr(subscription, field.attname) for field in subscription._meta.fields}
    )


def clear_fulfilled_action(subscription: Subscription) -> None:
    """A pending action ends where the store's state is what was wished for."""
    next_status = subscription.next_status
    fulfilled = {
        PendingAction.PAUSE: next_status in {PAUSED, CANCELED},
        PendingAction.RESUME: next_status != PAUSED,
        PendingAction.CANCEL: next_status == CANCELED,
        PendingAction.WRITE_OFF: next_status not in PAST_DUE_STATUSES,
    }
    if subscription.pending_action and fulfilled[PendingAction(subscription.pending_action)]:
        subscription.pending_action = PendingAction.NONE
    goes_on = next_status not in {PAUSED, *PAST_DUE_STATUSES}
    if goes_on and not subscription.pending_action and not subscription.cancel_at_period_end:
        subscription.scheduled_renewal_at = None


def derive_subscription_status(subscription: Subscription) -> str:
    """The API's word: what is wished for counts as done, and a cancellation begins when the period ends."""
    if (
        subscription.cancel_at_period_end
        and subscription.ends_at
        and subscription.ends_at > subscription.store.now()
    ):
        return Status.ACTIVE
    if subscription.next_status == CANCELED or subscription.pending_action == PendingAction.CANCEL:
        return Status.CANCELED
    if subscription.cancel_at_period_end:
        return Status.CANCELED
    if subscription.pending_action in {PendingAction.RESUME, PendingAction.WRITE_OFF}:
        return Status.ACTIVE
    if subscription.next_status == PAUSED or subscription.pending_action == PendingAction.PAUSE:
        return Status.PAUSED
    return Status.PAST_DUE if subscription.next_status in PAST_DUE_STATUSES else Status.ACTIVE


def subscription_ids_in(data: Any) -> list[int]:
    """The store's numbers that a webhook's data names: of an order, a transaction or a subscription."""
    many = [parse_integer(item.get("id")) for item in iter_objects(parse_mapping(data).get("subscriptions"))]
    one = parse_integer(parse_mapping(parse_mapping(data).get("subscription")).get("id"))
    return [number for number in [*many, one] if number]
