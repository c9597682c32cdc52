"""What merchants and subscribers can do with a running subscription.

Each function commits the pending action first, then sends it to NEXT Commerce. If NEXT Commerce can't be
reached, the pending action stays and the reconciler sends it later, so a pause or cancellation is never
lost.
"""

import datetime
import logging

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nextcommerce.errors import NextApiError
from orders.models import Notification
from stores.dates import add_interval
from stores.errors import Conflict, Problem
from stores.next_client import open_next_client
from subscriptions.billing_dates import billing_anchor_day
from subscriptions.mirror import derive_subscription_status
from subscriptions.models import Subscription
from subscriptions.models.subscription_line import VARIANT_FIELDS
from subscriptions.notifications import add_pending_notification
from subscriptions.plan_changes import apply_plan_change
from subscriptions.subscription_lines import load_lines, renewal_interval, sold_interval
from subscriptions.sync import ActionRefused, lock_subscription, sync_subscription

logger = logging.getLogger(__name__)
Status = Subscription.Status
PendingAction = Subscription.PendingAction
Kind = Notification.Kind
MAX_METADATA_KEYS = 50


def pause_subscription(*, subscription: Subscription, until: datetime.datetime | None = None) -> Subscription:
    """Stop charging until resumed, or until a date. Without one, NEXT Commerce cancels after six months.

    Raises Conflict if the subscription isn't active, and Problem if `until` isn't in the future.
    """
    if until is not None and until <= subscription.store.now():
        raise Problem(_("Choose a date in the future."), field="resumes_at")
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
    """End a pause. The next charge is on the next date it would have had without the pause.

    Raises Conflict if the subscription isn't paused.
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
    """Cancel at the end of the paid period, or right away. `reason` is a CancelReason or free text.

    Until the period ends, the subscription is paused at NEXT Commerce, and only then canceled there. If it
    is past due, it is canceled right away. Raises Conflict if it has already ended.
    """
    subscription = request_cancellation(subscription=subscription, at_period_end=at_period_end, reason=reason)
    return _sync_now(subscription)


def request_cancellation(
    *, subscription: Subscription, at_period_end: bool = True, reason: str = ""
) -> Subscription:
    """Commit the cancellation without sending it: the reconciler does. Raises as `cancel_subscription`."""
    with transaction.atomic():
        subscription = _lock_running_subscription(subscription)
        ends_at = subscription.ends_at or subscription.next_renewal_at or subscription.scheduled_renewal_at
        subscription.cancel_reason = reason[:300] or subscription.cancel_reason
        # Before NEXT Commerce shows the subscription, the end of its period isn't known.
        can_wait = ends_at is not None or not subscription.is_seen
        if at_period_end and can_wait and subscription.status != Status.PAST_DUE:
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
    return subscription


def revoke_cancellation(*, subscription: Subscription) -> Subscription:
    """Undo a cancellation that hasn't taken effect. The next charge is on its original date.

    Raises Conflict if none is pending, or NEXT Commerce has already canceled the subscription.
    """
    with transaction.atomic():
        subscription = _lock_running_subscription(subscription)
        if not subscription.cancel_at_period_end or subscription.next_state.is_canceled:
            raise Conflict(_("No cancellation is pending."))
        subscription.cancel_at_period_end = False
        subscription.ends_at = None
        subscription.cancel_reason = ""
        subscription.pending_action = PendingAction.RESUME
        add_pending_notification(subscription, Kind.CANCEL_REVOKED)
        _save_and_schedule(subscription)
    return _sync_now(subscription)


def write_off_charge(*, subscription: Subscription) -> Subscription:
    """Stop retrying a declined charge. The next charge is that of the next cycle.

    Raises Conflict if no charge was declined.
    """
    with transaction.atomic():
        subscription = _lock_running_subscription(subscription)
        if not subscription.next_state.is_past_due or subscription.cancel_at_period_end:
            raise Conflict(_("This subscription has no declined charge."))
        if subscription.pending_action != PendingAction.WRITE_OFF:
            subscription.pending_action = PendingAction.WRITE_OFF
            subscription.scheduled_renewal_at = _one_cycle_after(
                subscription, subscription.scheduled_renewal_at or subscription.store.now()
            )
            _save_and_schedule(subscription)
    return _sync_now(subscription)


def skip_charge(*, subscription: Subscription, charge_at: datetime.datetime) -> Subscription:
    """Skip the charge due at `charge_at`; the next one is an interval later. A repeated call skips only once.

    Raises Conflict if the subscription isn't active, and NextApiError if NEXT Commerce can't be reached.
    """
    with transaction.atomic():
        subscription = _lock_running_subscription(subscription)
        is_active = subscription.status == Status.ACTIVE and not subscription.cancel_at_period_end
        if not is_active or sold_interval(subscription) is None:
            raise Conflict(_("Only an active subscription can skip a charge."))
        if subscription.next_renewal_at != charge_at:
            return subscription
        add_pending_notification(subscription, Kind.SKIPPED, charge_at=charge_at, cycle=subscription.cycle)
    later = _one_cycle_after(subscription, charge_at)
    api = open_next_client(subscription.store)
    api.update_subscription(subscription.next_subscription_id, {"next_renewal_date": later.isoformat()})
    return _sync_now(subscription)


def _one_cycle_after(subscription: Subscription, date: datetime.datetime) -> datetime.datetime:
    interval = renewal_interval(subscription)
    if interval is None:
        raise Conflict(_("This subscription can't be changed right now. Try again in a minute."))
    day = billing_anchor_day(subscription)
    return add_interval(date, *interval, subscription.store.time_zone, anchor_day=day)


def change_subscription(
    *, subscription: Subscription, plan_id: str = "", variant_id: str = "", quantity: int | None = None
) -> Subscription:
    """Change the plan, variant, or quantity from the next charge on. Nothing is charged or refunded now.

    Raises the errors of `preview_change`.
    """
    with transaction.atomic():
        subscription = _lock_running_subscription(subscription)
        change = apply_plan_change(subscription, plan_id=plan_id, variant_id=variant_id, quantity=quantity)
        if change.changes_something:
            change.save()
            add_pending_notification(subscription, Kind.CHANGED)
        elif change.pk:
            change.delete()
        _save_and_schedule(subscription)
    return _sync_now(subscription)


def add_subscription_metadata(*, subscription: Subscription, metadata: dict[str, str]) -> None:
    """Add or replace keys of the merchant's metadata.

    Raises Conflict if the subscription has ended, and Problem above 50 keys.
    """
    with transaction.atomic():
        subscription = _lock_running_subscription(subscription)
        subscription.metadata |= metadata
        if len(subscription.metadata) > MAX_METADATA_KEYS:
            raise Problem(_("A subscription can have at most 50 metadata keys."), field="metadata")
        subscription.save(update_fields=["metadata", "updated_at"])


def preview_change(
    *, subscription: Subscription, plan_id: str = "", variant_id: str = "", quantity: int | None = None
) -> Subscription:
    """Return the subscription as `change_subscription` would leave it, unsaved.

    Raises Conflict if it has ended or is about to, NotFound if the plan or variant isn't available for it,
    and Problem if the quantity is out of range.
    """
    subscription.refresh_from_db()
    load_lines(subscription)
    change = apply_plan_change(subscription, plan_id=plan_id, variant_id=variant_id, quantity=quantity)
    line, after = change.line, change.line.after_change
    for name in (*VARIANT_FIELDS, "quantity"):
        setattr(line, name, getattr(after, name))
    return subscription


def _lock_running_subscription(subscription: Subscription) -> Subscription:
    """Return the subscription, reloaded and locked. Raises Conflict if it has ended."""
    subscription = lock_subscription(subscription)
    if subscription.is_over:
        raise Conflict(_("This subscription has ended."))
    return subscription


def _save_and_schedule(subscription: Subscription) -> None:
    subscription.status = derive_subscription_status(subscription)
    # If this process dies now, the reconciler sends the pending action.
    subscription.refresh_at = timezone.now() + datetime.timedelta(minutes=1)
    subscription.save()


def _sync_now(subscription: Subscription) -> Subscription:
    """Send the pending action now. It stays pending if NEXT Commerce can't be reached or doesn't know it yet.

    Raises Conflict with NEXT Commerce's reason if it refuses.
    """
    try:
        return sync_subscription(subscription=subscription, background=False)
    except ActionRefused as error:
        raise Conflict(_("We couldn't make this change: %(why)s") % {"why": error.message}) from error
    except NextApiError as error:
        logger.warning("subscription %s: change not confirmed yet, will retry: %s", subscription.pk, error)
    return Subscription.objects.select_related("store", "order", "customer").get(pk=subscription.pk)
