"""Cancellations sent without signing in (§ 312k BGB): matched to a subscription, and carried out.

A subscription is canceled only if the sender had its secret address, or knew both the number of one of its
orders and the email of that order. Staff handle the others. Nothing is sent to NEXT Commerce here: the change
is committed with the notice, and the reconciler sends it.
"""

import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from orders.contract_notices import acknowledge_notice, list_named_orders, lock_notice
from orders.customers import same_email
from orders.models import ContractNotice
from subscriptions.models import Subscription
from subscriptions.services import request_cancellation
from subscriptions.sync import lock_subscription

# After a renewal was due, until the notice is checked again.
RENEWAL_DELAY = datetime.timedelta(hours=1)


@transaction.atomic
def process_cancellation(notice: ContractNotice) -> str:
    """Find the subscription, cancel it, and queue the emails. Does nothing the second time.

    One that should end after its next renewal is checked again then.
    """
    notice = lock_notice(notice)
    if notice.process_at is None:
        return "already processed"
    notice.process_at = None
    subscription = find_subscription(notice)
    if subscription is not None and notice.is_open:
        _carry_out(notice, lock_subscription(subscription))
    notice.save()
    acknowledge_notice(notice)
    if notice.process_at is not None:
        return "waiting"
    return "matched" if subscription is not None else "not matched"


def find_subscription(notice: ContractNotice) -> Subscription | None:
    """Return the one subscription that the notice is about; None if none is, or more than one may be."""
    subscriptions = Subscription.objects.filter(store=notice.store_id)
    if notice.subscription_id:
        return subscriptions.filter(pk=notice.subscription_id).first()
    orders = list_named_orders(notice).filter(same_email(notice.email)).order_by().values("pk")
    named = subscriptions.filter(Q(order__in=orders) | Q(invoices__order__in=orders)).distinct()
    running = named.exclude(status=Subscription.Status.CANCELED)
    for rows in (running, named):
        found = list(rows[:2])
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _carry_out(notice: ContractNotice, subscription: Subscription) -> None:
    """Cancel the locked subscription, or set when to look again. Both rows' locks are held."""
    notice.subscription_id = subscription.pk
    notice.order = subscription.order
    if not (subscription.is_over or subscription.cancel_at_period_end):
        notice.process_at = _find_next_look(notice, subscription)
        if notice.process_at is not None:
            return
        subscription = request_cancellation(subscription=subscription, reason=notice.cause)
    notice.ends_at = subscription.canceled_at or subscription.ends_at
    if not notice.is_for_cause:
        notice.resolved_at = timezone.now()


def _find_next_look(notice: ContractNotice, subscription: Subscription) -> datetime.datetime | None:
    """Return when to look again if the contract must renew before the day it should end; None: cancel it.

    It ends with the period that has this day. A declined charge, or a pause, isn't a reason to wait.
    """
    if notice.ends_on is None or notice.is_for_cause or subscription.status != Subscription.Status.ACTIVE:
        return None
    renewal_at = subscription.next_renewal_at
    if renewal_at is None:  # NEXT Commerce hasn't shown it yet
        return None if subscription.is_seen else timezone.now() + RENEWAL_DELAY
    zone = ZoneInfo(subscription.store.time_zone)
    if renewal_at.astimezone(zone).date() >= notice.ends_on:
        return None
    due_at = renewal_at - subscription.store.clock_offset + RENEWAL_DELAY
    return max(due_at, timezone.now() + RENEWAL_DELAY)
