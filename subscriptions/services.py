"""What a merchant or a shopper does with a running subscription.

Each writes down what is wanted, then brings it about. Where the store is not reached the pending action stays, and
the reconciler goes on with it: a pause or an end never leads to a charge because we were late.
"""

import datetime
import logging

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nextcommerce.errors import NextApiError
from orders.models import Notification
from stores.errors import Conflict, Problem
from stores.next_client import open_next_client
from subscriptions.billing_dates import add_interval, billing_anchor_day
from subscriptions.mirror import CANCELED, PAST_DUE_STATUSES, derive_subscription_status
from subscriptions.models import Subscription
from subscriptions.notifications import add_pending_notification
from subscriptions.plan_changes import apply_plan_change
from subscriptions.subscription_lines import PENDING_CHANGE_KEYS, line_after_changes
from subscriptions.sync import sync_subscription

logger = logging.getLogger(__name__)
Status = Subscription.Status
PendingAction = Subscription.PendingAction
Kind = Notification.Kind
MAX_METADATA_KEYS = 50


def pause_subscription(*, subscription: Subscription, until: datetime.datetime | None = None) -> Subscription:
    """Charge nothing until resumed, or until a day. Without one the store ends it after six months (3.7).

    Errors: Conflict where it is not running; Problem for a day that is not to come.
    """
    if until is not None and until <= subscription.store.now():
        raise Problem(_("Choose a day that is still to come."), field="resumes_at")
    with transaction.atomic():
        subscription = _lock_running_subscription(subscription)
        if subscription.status != Status.ACTIVE or subscription.cancel_at_period_end:
            raise Conflict(_("Only an active subscription can be paused."))
        subscription.pending_action = PendingAction.PAUSE
        subscription.pending_pause_until = until
        subscription.scheduled_renewal_at = subscription.next_renewal_at
        add_pending_notification(subscription, Kind.PAUSED)
        _save_and_schedule(subscription)
    return _sync_now(subscription)


def resume_subscription(*, subscription: Subscription) -> Subscription:
    """Go on; the next charge is on the next date that it would have had without the pause.

    Errors: Conflict where it is not paused.
    """
    with transaction.atomic():
        subscription = _lock_running_subscription(subscription)
        if subscription.status != Status.PAUSED:
            raise Conflict(_("Only a paused subscription can be resumed."))
        subscription.pending_action = PendingAction.RESUME
        add_pending_notification(subscription, Kind.RESUMED)
        _save_and_schedule(subscription)
    return _sync_now(subscription)


def cancel_subscription(
    *, subscription: Subscription, at_period_end: bool = True, reason: str = ""
) -> Subscription:
    """End it: when what is paid for is over, or at once.

    At the period's end means paused at the store now and canceled there then. `reason` is a CancelReason, or
    own words. Errors: Conflict where it has ended already.
    """
    with transaction.atomic():
        subscription = _lock_running_subscription(subscription)
        ends_at = subscription.ends_at or subscription.next_renewal_at or subscription.scheduled_renewal_at
        subscription.cancel_reason = reason[:300] or subscription.cancel_reason
        if at_period_end and ends_at is not None and subscription.status != Status.PAST_DUE:
            subscription.cancel_at_period_end = True
            subscription.ends_at = subscription.scheduled_renewal_at = ends_at
            subscription.pending_action = PendingAction.NONE
            add_pending_notification(subscription, Kind.CANCELED)
        else:
            subscription.cancel_at_period_end = False
            subscription.ends_at = subscription.store.now()
            subscription.pending_action = PendingAction.CANCEL
            add_pending_notification(subscription, Kind.ENDED)
        _save_and_schedule(subscription)
    return _sync_now(subscription)


def revoke_cancellation(*, subscription: Subscription) -> Subscription:
    """Take back a cancellation that has not begun yet: charged next when it would have been.

    Errors: Conflict where none is pending, or the store has ended it.
    """
    with transaction.atomic():
        subscription = _lock_running_subscription(subscription)
        if not subscription.cancel_at_period_end or subscription.next_status == CANCELED:
            raise Conflict(_("No cancellation is pending."))
        subscription.cancel_at_period_end = False
        subscription.ends_at = None
        subscription.cancel_reason = ""
        subscription.pending_action = PendingAction.RESUME
        add_pending_notification(subscription, Kind.CANCEL_REVOKED)
        _save_and_schedule(subscription)
    return _sync_now(subscription)


def write_off_charge(*, subscription: Subscription) -> Subscription:
    """Let go of a declined charge: it is tried no more, and the next one comes with the next cycle.

    Errors: Conflict where none was declined.
    """
    with transaction.atomic():
        subscription = _lock_running_subscription(subscription)
        if subscription.next_status not in PAST_DUE_STATUSES or subscription.cancel_at_period_end:
            raise Conflict(_("No charge of this subscription was declined."))
        if subscription.pending_action != PendingAction.WRITE_OFF:
            subscription.pending_action = PendingAction.WRITE_OFF
            subscription.scheduled_renewal_at = _one_cycle_after(
                subscription, subscription.scheduled_renewal_at or subscription.store.now()
            )
            _save_and_schedule(subscription)
    return _sync_now(subscription)


def skip_charge(*, subscription: Subscription, charge_at: datetime.datetime) -> Subscription:
    """Leave out the charge of `charge_at`; the next is one interval later. Said twice, it skips once.

    Errors: Conflict where it is not running; AdminApiError where the store was not reached.
    """
    with transaction.atomic():
        subscription = _lock_running_subscription(subscription)
        line = subscription.main_line
        if subscription.status != Status.ACTIVE or subscription.cancel_at_period_end or not line.get("terms"):
            raise Conflict(_("Only an active subscription has a charge to skip."))
        if subscription.next_renewal_at != charge_at:
            return subscription
        cycle = str(subscription.cycle)
        add_pending_notification(subscription, Kind.SKIPPED, charge_at=charge_at.isoformat(), cycle=cycle)
        subscription.save(update_fields=["pending_notifications"])
    later = _one_cycle_after(subscription, charge_at)
    api = open_next_client(subscription.store)
    api.update_subscription(subscription.next_subscription_id, {"next_renewal_date": later.isoformat()})
    return _sync_now(subscription)


def _one_cycle_after(subscription: Subscription, date: datetime.datetime) -> datetime.datetime:
    interval, count = subscription.main_line["next_interval"]
    day = billing_anchor_day(subscription)
    return add_interval(date, interval, count, subscription.store.time_zone, anchor_day=day)


def change_subscription(
    *, subscription: Subscription, plan_id: str = "", variant_id: str = "", quantity: int | None = None
) -> Subscription:
    """Another plan, variant or quantity from the next charge on; nothing is charged or given back now.

    Errors: those of `preview`.
    """
    with transaction.atomic():
        subscription = _lock_running_subscription(subscription)
        apply_plan_change(subscription, plan_id=plan_id, variant_id=variant_id, quantity=quantity)
        if any(name in subscription.main_line for name in PENDING_CHANGE_KEYS):
            add_pending_notification(subscription, Kind.CHANGED)
        _save_and_schedule(subscription)
    return _sync_now(subscription)


def add_subscription_metadata(*, subscription: Subscription, metadata: dict[str, str]) -> None:
    """Add to what the merchant notes of it, or write it anew under the same names.

    Errors: Conflict where it has ended; Problem where it would be too much.
    """
    with transaction.atomic():
        subscription = _lock_running_subscription(subscription)
        subscription.metadata |= metadata
        if len(subscription.metadata) > MAX_METADATA_KEYS:
            raise Problem(_("Too much is noted of this subscription."), field="metadata")
        subscription.save(update_fields=["metadata", "updated_at"])


def preview_change(
    *, subscription: Subscription, plan_id: str = "", variant_id: str = "", quantity: int | None = None
) -> Subscription:
    """Return the subscription as `change` would make it, unsaved.

    Errors: Conflict where it has ended or is about to; NotFound for a plan or variant that is not offered
    for it; Problem for a quantity out of bounds.
    """
    subscription.refresh_from_db()
    apply_plan_change(subscription, plan_id=plan_id, variant_id=variant_id, quantity=quantity)
    if subscription.lines:
        subscription.lines[0] = line_after_changes(subscription.main_line)
    return subscription


def _lock_running_subscription(subscription: Subscription) -> Subscription:
    """Return it afresh and locked. Errors: Conflict where it has ended."""
    subscription = (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("store", "order", "customer")
        .get(pk=subscription.pk)
    )
    if subscription.is_over:
        raise Conflict(_("This subscription has ended."))
    return subscription


def _save_and_schedule(subscription: Subscription) -> None:
    subscription.status = derive_subscription_status(subscription)
    # Whoever looks first brings it about, should this process die now.
    subscription.refresh_at = timezone.now() + datetime.timedelta(minutes=1)
    subscription.save()


def _sync_now(subscription: Subscription) -> Subscription:
    """Do it now; where the store is not reached the pending action stays. Errors: Conflict with the store's no."""
    try:
        return sync_subscription(subscription=subscription, background=False)
    except NextApiError as error:
        if error.is_refused:
            raise Conflict(_("The store refused this: %(why)s") % {"why": error.message}) from error
        logger.warning("subscription %s: wanted, not done yet: %s", subscription.pk, error.message)
    return Subscription.objects.select_related("store", "order", "customer").get(pk=subscription.pk)
