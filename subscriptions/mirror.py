"""Subscriptions as the store tells of them: expected from paid orders, mirrored at any time (3.7)."""

import datetime
from copy import deepcopy
from typing import Any

from django.utils import timezone

from nextcommerce.order_schemas import StoreOrder
from nextcommerce.schemas import StoreSubscription, amount, mapping, moment, objects, text, whole
from orders.models import Mail, Order
from subscriptions.models import Subscription
from subscriptions.notifications import note, said
from subscriptions.subscription_lines import lines_of

Status = Subscription.Status
Wish = Subscription.Wish
PAUSED, CANCELED = "paused", "canceled"
PAST_DUE = ("past_due", "retrying")  # the store's words while a renewal is declined and tried again


def expect_subscriptions(*, order: Order, store_order: StoreOrder) -> None:
    """Note the subscriptions that a paid order gave birth to (R148); what they are is read soon after.

    Doing it twice changes nothing. To be called in a transaction.
    """
    if not store_order.subscription_ids or store_order.is_renewal or not order.is_paid:
        return
    for number in store_order.subscription_ids:
        Subscription.objects.get_or_create(
            store_id=order.store_id,
            next_subscription_id=number,
            defaults={
                "order": order,
                "customer_id": order.customer_id,
                "currency": order.currency,
                "period_start": order.paid_at,
                "refresh_at": timezone.now(),
                "news": [said(Mail.Kind.SUBSCRIBED)],
            },
        )


def note_news(*, store_id: int, number: Any) -> bool:
    """Have a subscription looked at soon; False where it is not ours."""
    if whole(number) is None:
        return False
    found = Subscription.objects.filter(store=store_id, next_subscription_id=number)
    return bool(found.update(refresh_at=timezone.now()))


def mirror_subscription(*, subscription: Subscription, found: StoreSubscription) -> None:
    """Bring a subscription to what the store's says.

    The caller holds its row, with `store` and `order` loaded.
    """
    before = _columns(subscription)
    raw = found.raw
    cycles = (whole(item.get("billing_cycle")) or 0 for item in objects(raw.get("orders")))
    if found.status in PAST_DUE and subscription.resume_to is None:
        subscription.resume_to = subscription.next_renewal_at  # from now on that is when it is tried again
    subscription.store_status = found.status[:32]
    subscription.currency = found.currency or subscription.currency
    subscription.shipping_price = amount(raw.get("shipping_price")) or subscription.shipping_price
    subscription.cycle = max([subscription.cycle, *cycles])
    subscription.next_renewal_at = found.next_renewal_at
    subscription.paused_at = moment(raw.get("paused_at"))
    subscription.paused_until = moment(raw.get("paused_until"))
    subscription.lines = lines_of(subscription=subscription, found=found)
    trial_days = max(
        (line["terms"]["trial_period_days"] for line in subscription.lines if line["terms"]), default=0
    )
    if trial_days and subscription.trial_end is None and subscription.order.paid_at:
        began = subscription.order.paid_at + subscription.store.clock_offset
        subscription.trial_end = began + datetime.timedelta(days=trial_days)
    ended_by_store = found.status == CANCELED and not (
        subscription.cancel_at_period_end or subscription.wish == Wish.CANCEL
    )
    forget_fulfilled_wishes(subscription)
    subscription.status = status_of(subscription)
    if subscription.is_over and subscription.canceled_at is None:
        subscription.canceled_at = subscription.store.now()
        if ended_by_store:
            note(subscription, Mail.Kind.ENDED)
        subscription.cancel_reason = subscription.cancel_reason or text(raw.get("cancel_reason"))
    if _columns(subscription) != before:
        subscription.save()


def _columns(subscription: Subscription) -> dict[str, Any]:
    return deepcopy(
        {field.attname: getattr(subscription, field.attname) for field in subscription._meta.fields}
    )


def forget_fulfilled_wishes(subscription: Subscription) -> None:
    """A wish ends where the store's state is what was wished for."""
    store_status = subscription.store_status
    fulfilled = {
        Wish.PAUSE: store_status in {PAUSED, CANCELED},
        Wish.RESUME: store_status != PAUSED,
        Wish.CANCEL: store_status == CANCELED,
        Wish.FORGO: store_status not in PAST_DUE,
    }
    if subscription.wish and fulfilled[Wish(subscription.wish)]:
        subscription.wish = Wish.NONE
    goes_on = store_status not in {PAUSED, *PAST_DUE}
    if goes_on and not subscription.wish and not subscription.cancel_at_period_end:
        subscription.resume_to = None


def status_of(subscription: Subscription) -> str:
    """The API's word: what is wished for counts as done, and a cancellation begins when the period ends."""
    if (
        subscription.cancel_at_period_end
        and subscription.ends_at
        and subscription.ends_at > subscription.store.now()
    ):
        return Status.ACTIVE
    if subscription.store_status == CANCELED or subscription.wish == Wish.CANCEL:
        return Status.CANCELED
    if subscription.cancel_at_period_end:
        return Status.CANCELED
    if subscription.wish in {Wish.RESUME, Wish.FORGO}:
        return Status.ACTIVE
    if subscription.store_status == PAUSED or subscription.wish == Wish.PAUSE:
        return Status.PAUSED
    return Status.PAST_DUE if subscription.store_status in PAST_DUE else Status.ACTIVE


def subscription_ids(data: Any) -> list[int]:
    """The store's numbers that a webhook's data names: of an order, a transaction or a subscription."""
    many = [whole(item.get("id")) for item in objects(mapping(data).get("subscriptions"))]
    one = whole(mapping(mapping(data).get("subscription")).get("id"))
    return [number for number in [*many, one] if number]
