"""Sync a subscription with NEXT Commerce by comparing states, never by counting events.

Covers the price of the next renewal (R156 to R161), the trial's end, pause, resume, cancellation, and
changes of plan, variant, and quantity. Can run at any time, any number of times; a subscription in sync
costs one call. Whatever NEXT Commerce answers is mirrored by `_fetch_and_mirror` alone, or not at all.
"""

import datetime
import logging

from django.db import transaction
from django.utils import timezone

from nextcommerce.client import NextClient
from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextSubscription
from stores.next_client import open_next_client
from subscriptions import sentences
from subscriptions.billing_cycles import close_open_invoices, record_billing_cycles
from subscriptions.mirror import derive_subscription_status, find_mismatch, mirror_subscription
from subscriptions.models import Subscription
from subscriptions.notifications import (
    drop_pending_notifications,
    queue_subscriber_notifications,
)
from subscriptions.reminders import reminder_time
from subscriptions.subscription_lines import (
    confirm_line_changes,
    drop_line_changes,
    list_line_changes,
    load_lines,
)
from subscriptions.sync_actions import ONE_DAY, SyncAction, find_sync_action, is_waiting_for_effect
from wording.sentence import Sentence

logger = logging.getLogger(__name__)
PendingAction = Subscription.PendingAction

MAX_ACTIONS = 12
MAX_FETCHES = 3
ONE_MINUTE = datetime.timedelta(minutes=1)
# NEXT Commerce may charge a renewal up to half an hour late.
RENEWAL_CHECK_DELAY = datetime.timedelta(minutes=45)
# Until a call is sent again that NEXT Commerce accepted without showing its effect, each time it was sent.
RESEND_MINUTES = (5, 15, 60, 240, 1440)


class ActionRefused(NextApiError):
    """NEXT Commerce refused a requested change, which was then dropped."""

    def __init__(self, error: NextApiError) -> None:
        super().__init__(
            error.message, outcome=error.outcome, status=error.status, fields=error.fields, code=error.code
        )


class LookFailed(Exception):
    """NEXT Commerce doesn't have the subscription, or its answer is about another one."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason.in_english())
        self.reason = reason


def sync_subscription(*, subscription: Subscription, background: bool = True) -> Subscription:
    """Mirror the subscription, record its billing cycles, and send what is pending.

    Raises ActionRefused, after the refused change was dropped and noted in `sync_error`, and NextApiError if
    NEXT Commerce can't be reached or the outcome is unclear; the change then stays pending and the reconciler
    tries again. It also stays pending, without an error, while NEXT Commerce doesn't show the subscription.
    """
    api = open_next_client(subscription.store, background=background)
    due_at = _read_stored_time(subscription, "refresh_at")
    try:
        current, next_subscription = _fetch_and_mirror(api, subscription)
        record_billing_cycles(subscription=current, next_subscription=next_subscription, api=api)
        current = _send_actions(api, current)
    except LookFailed as failure:
        return _postpone_sync(subscription, due_at=due_at, reason=failure.reason)
    close_open_invoices(current)
    return _finish_sync(current, due_at=due_at)


def _send_actions(api: NextClient, subscription: Subscription) -> Subscription:
    """Send what brings NEXT Commerce in line, each call once and only after its answer to the one before."""
    sent: list[SyncAction] = []
    while (action := find_sync_action(subscription)) is not None and len(sent) < MAX_ACTIONS:
        if sent and action == sent[-1]:
            return _note_unconfirmed_call(subscription, action)
        if action in sent or is_waiting_for_effect(subscription, action):
            break
        sent.append(action)
        try:
            subscription, _next_subscription = _fetch_and_mirror(api, subscription, action)
        except NextApiError as error:
            if not error.is_refused:
                raise
            subscription = _handle_refusal(api, subscription, action, error)
    return subscription


@transaction.atomic
def _note_unconfirmed_call(subscription: Subscription, action: SyncAction) -> Subscription:
    """Record a call that NEXT Commerce accepted without effect, so that it isn't repeated right away."""
    subscription = lock_subscription(subscription)
    is_again = subscription.unconfirmed_call == action.key
    count = min(subscription.unconfirmed_call_count + 1, len(RESEND_MINUTES)) if is_again else 1
    subscription.unconfirmed_call = action.key
    subscription.unconfirmed_call_count = count
    subscription.resend_at = timezone.now() + datetime.timedelta(minutes=RESEND_MINUTES[count - 1])
    subscription.save(update_fields=["unconfirmed_call", "unconfirmed_call_count", "resend_at", "updated_at"])
    logger.warning("subscription %s: NEXT doesn't show the effect of: %s", subscription.pk, action.key)
    return subscription


def _fetch_and_mirror(
    api: NextClient, subscription: Subscription, action: SyncAction | None = None
) -> tuple[Subscription, NextSubscription]:
    """Run an action or just retrieve the subscription, and mirror the answer if it is about this one.

    If the row changed since the request, the answer may be older than the row: retrieve it again. The same
    after an action's answer that can't be about this subscription. Raises LookFailed, and NextApiError.
    """
    for attempt in range(1, MAX_FETCHES + 1):
        updated_at = _read_stored_time(subscription, "updated_at")
        next_subscription = action.send(api, subscription) if action else _retrieve(api, subscription)
        mismatch = find_mismatch(subscription=subscription, next_subscription=next_subscription)
        if mismatch and action is None:
            raise LookFailed(mismatch)
        is_last = attempt == MAX_FETCHES
        mirrored = (
            None
            if mismatch
            else _mirror_unless_changed(
                subscription, next_subscription, since=None if is_last else updated_at
            )
        )
        if mirrored is not None:
            break
        action = None
    assert mirrored is not None
    return mirrored, next_subscription


def _retrieve(api: NextClient, subscription: Subscription) -> NextSubscription:
    try:
        return api.retrieve_subscription(subscription.next_subscription_id)
    except NextApiError as error:
        if error.status != 404:
            raise
        raise LookFailed(sentences.SUBSCRIPTION_MISSING.fill()) from error


def _handle_refusal(
    api: NextClient, subscription: Subscription, action: SyncAction, error: NextApiError
) -> Subscription:
    """Drop a refused action and raise ActionRefused, unless another process changed the subscription first.

    A refused pause before a cancellation becomes an immediate cancellation.
    """
    current, _next_subscription = _fetch_and_mirror(api, subscription)
    if find_sync_action(current) == action and _pending_changes(current) == _pending_changes(subscription):
        if current.cancel_at_period_end and current.pending_action != PendingAction.CANCEL:
            return _request_immediate_cancel(current)
        _abandon_pending_action(subscription, error)
        raise ActionRefused(error) from error
    return current


@transaction.atomic
def _request_immediate_cancel(subscription: Subscription) -> Subscription:
    """Cancel now because the pause was refused: ending early is better than charging once more."""
    subscription = lock_subscription(subscription)
    subscription.pending_action = PendingAction.CANCEL
    subscription.save(update_fields=["pending_action", "updated_at"])
    return subscription


def _pending_changes(subscription: Subscription) -> tuple[object, ...]:
    changes = [
        (change.line_id, change.next_variant_id, change.terms, change.quantity)
        for change in list_line_changes(subscription)
    ]
    return subscription.pending_action, subscription.cancel_at_period_end, changes


def _read_stored_time(subscription: Subscription, field: str) -> datetime.datetime | None:
    rows = Subscription.objects.filter(pk=subscription.pk)
    stored: datetime.datetime | None = rows.values_list(field, flat=True).get()
    return stored


@transaction.atomic
def _mirror_unless_changed(
    subscription: Subscription, next_subscription: NextSubscription, *, since: datetime.datetime | None
) -> Subscription | None:
    """Mirror the answer and return the row; None if the row was updated after `since`."""
    subscription = lock_subscription(subscription)
    if since is not None and subscription.updated_at != since:
        return None
    mirror_subscription(subscription=subscription, next_subscription=next_subscription)
    return subscription


def lock_subscription(subscription: Subscription) -> Subscription:
    """Return the row, reloaded with its lines and locked until the caller's transaction ends."""
    locked = (
        Subscription.objects.select_for_update(of=("self",), no_key=True)
        .select_related("store", "order", "customer")
        .get(pk=subscription.pk)
    )
    load_lines(locked)
    return locked


def _postpone_sync(
    subscription: Subscription, *, due_at: datetime.datetime | None, reason: Sentence
) -> Subscription:
    """Note why NEXT Commerce couldn't be asked, and ask again later, each time after about twice as long.

    Nothing else changes, so what was requested stays pending. `updated_at` is left as it is: the wait grows
    with the time since somebody or NEXT Commerce last changed the subscription.
    """
    logger.error("subscription %s: %s", subscription.pk, reason.in_english())
    rows = Subscription.objects.filter(pk=subscription.pk)
    now = timezone.now()
    wait = min(max(now - subscription.updated_at, ONE_MINUTE), ONE_DAY)
    rows.update(sync_error=reason)
    rows.filter(refresh_at=due_at).update(refresh_at=now + wait)
    current = rows.select_related("store", "order", "customer").get()
    load_lines(current)
    return current


@transaction.atomic
def _finish_sync(subscription: Subscription, *, due_at: datetime.datetime | None) -> Subscription:
    """Schedule the next sync, and queue the emails that are due.

    Keep `refresh_at` if it is no longer `due_at`: a webhook or a request set it since this sync started.
    """
    subscription = lock_subscription(subscription)
    action = find_sync_action(subscription)
    if action is None:
        confirm_line_changes(subscription)
        queue_subscriber_notifications(subscription)
    is_waiting = action is not None and is_waiting_for_effect(subscription, action)
    if not is_waiting and (action is None or subscription.unconfirmed_call != action.key):
        _forget_unconfirmed_call(subscription)
    if subscription.refresh_at == due_at:
        subscription.refresh_at = subscription_refresh_time(subscription)
    subscription.sync_error = sentences.EFFECT_NOT_SHOWN.fill() if is_waiting else Sentence()
    subscription.save()
    return subscription


def _forget_unconfirmed_call(subscription: Subscription) -> None:
    subscription.unconfirmed_call = ""
    subscription.unconfirmed_call_count = 0
    subscription.resend_at = None


def subscription_refresh_time(subscription: Subscription) -> datetime.datetime | None:
    """Return when to sync next: daily, after a charge, at the end, for a reminder; None once it has ended."""
    if subscription.next_state.is_canceled and subscription.is_over:
        return None
    now = subscription.store.now()
    dates = [now + ONE_DAY]
    if find_sync_action(subscription) is not None:
        dates.append(now + _action_wait(subscription))
    if subscription.next_renewal_at:
        dates.append(max(subscription.next_renewal_at, now) + RENEWAL_CHECK_DELAY)
    if subscription.cancel_at_period_end and subscription.ends_at:
        dates.append(max(subscription.ends_at, now + ONE_MINUTE))
    if (remind_at := reminder_time(subscription)) and remind_at > now:
        dates.append(remind_at)
    return min(dates) - subscription.store.clock_offset


def _action_wait(subscription: Subscription) -> datetime.timedelta:
    """Return how long to wait before the next sync of what is pending."""
    if subscription.resend_at is None or subscription.unconfirmed_call_count < 2:
        return ONE_MINUTE
    return max(subscription.resend_at - timezone.now(), ONE_MINUTE)


@transaction.atomic
def _abandon_pending_action(attempted: Subscription, error: NextApiError) -> None:
    """Restore the state before a refused action, and note why for staff. Newer requests stay pending."""
    subscription = lock_subscription(attempted)
    if _pending_changes(subscription) == _pending_changes(attempted):
        subscription.pending_action = PendingAction.NONE
        drop_line_changes(subscription)
        drop_pending_notifications(subscription)
        subscription.status = derive_subscription_status(subscription)
    _forget_unconfirmed_call(subscription)
    subscription.sync_error = error.message
    subscription.refresh_at = timezone.now() + ONE_DAY
    subscription.save()
    logger.error("subscription %s: NEXT Commerce refused: %s %s", subscription.pk, error, error.fields)
