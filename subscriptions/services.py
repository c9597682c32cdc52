"""What a merchant or a shopper does with a running subscription.

Each writes down what is wanted, then brings it about. Where the store is not reached the wish stands, and
the reconciler goes on with it: a pause or an end never leads to a charge because we were late.
"""

import datetime
import logging

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nextcommerce.client import AdminApi
from nextcommerce.errors import AdminApiError
from orders.models import Mail
from stores.errors import Conflict, Problem
from subscriptions.billing_dates import add_interval, began_on
from subscriptions.mirror import CANCELED, PAST_DUE, status_of
from subscriptions.models import Subscription
from subscriptions.notifications import note
from subscriptions.plan_changes import alter
from subscriptions.subscription_lines import CHANGES, wanted
from subscriptions.sync import bring_about

logger = logging.getLogger(__name__)
Status = Subscription.Status
Wish = Subscription.Wish
Kind = Mail.Kind
MOST_NOTES = 50


def pause(*, subscription: Subscription, until: datetime.datetime | None = None) -> Subscription:
    """Charge nothing until resumed, or until a day. Without one the store ends it after six months (3.7).

    Errors: Conflict where it is not running; Problem for a day that is not to come.
    """
    if until is not None and until <= subscription.store.now():
        raise Problem(_("Choose a day that is still to come."), field="resumes_at")
    with transaction.atomic():
        subscription = _running(subscription)
        if subscription.status != Status.ACTIVE or subscription.cancel_at_period_end:
            raise Conflict(_("Only an active subscription can be paused."))
        subscription.wish = Wish.PAUSE
        subscription.wanted_until = until
        subscription.resume_to = subscription.next_renewal_at
        note(subscription, Kind.PAUSED)
        _save(subscription)
    return _bring_about(subscription)


def resume(*, subscription: Subscription) -> Subscription:
    """Go on; the next charge is on the next date that it would have had without the pause.

    Errors: Conflict where it is not paused.
    """
    with transaction.atomic():
        subscription = _running(subscription)
        if subscription.status != Status.PAUSED:
            raise Conflict(_("Only a paused subscription can be resumed."))
        subscription.wish = Wish.RESUME
        note(subscription, Kind.RESUMED)
        _save(subscription)
    return _bring_about(subscription)


def cancel(*, subscription: Subscription, at_period_end: bool = True, reason: str = "") -> Subscription:
    """End it: when what is paid for is over, or at once.

    At the period's end means paused at the store now and canceled there then. `reason` is an EndReason, or
    own words. Errors: Conflict where it has ended already.
    """
    with transaction.atomic():
        subscription = _running(subscription)
        ends_at = subscription.ends_at or subscription.next_renewal_at or subscription.resume_to
        subscription.cancel_reason = reason[:300] or subscription.cancel_reason
        if at_period_end and ends_at is not None and subscription.status != Status.PAST_DUE:
            subscription.cancel_at_period_end = True
            subscription.ends_at = subscription.resume_to = ends_at
            subscription.wish = Wish.NONE
            note(subscription, Kind.CANCELED)
        else:
            subscription.cancel_at_period_end = False
            subscription.ends_at = subscription.store.now()
            subscription.wish = Wish.CANCEL
            note(subscription, Kind.ENDED)
        _save(subscription)
    return _bring_about(subscription)


def revoke_cancel(*, subscription: Subscription) -> Subscription:
    """Take back a cancellation that has not begun yet: charged next when it would have been.

    Errors: Conflict where none is pending, or the store has ended it.
    """
    with transaction.atomic():
        subscription = _running(subscription)
        if not subscription.cancel_at_period_end or subscription.store_status == CANCELED:
            raise Conflict(_("No cancellation is pending."))
        subscription.cancel_at_period_end = False
        subscription.ends_at = None
        subscription.cancel_reason = ""
        subscription.wish = Wish.RESUME
        note(subscription, Kind.KEPT)
        _save(subscription)
    return _bring_about(subscription)


def forgo(*, subscription: Subscription) -> Subscription:
    """Let go of a declined charge: it is tried no more, and the next one comes with the next cycle.

    Errors: Conflict where none was declined.
    """
    with transaction.atomic():
        subscription = _running(subscription)
        if subscription.store_status not in PAST_DUE or subscription.cancel_at_period_end:
            raise Conflict(_("No charge of this subscription was declined."))
        if subscription.wish != Wish.FORGO:
            subscription.wish = Wish.FORGO
            subscription.resume_to = _one_cycle_after(
                subscription, subscription.resume_to or subscription.store.now()
            )
            _save(subscription)
    return _bring_about(subscription)


def skip(*, subscription: Subscription, charge_at: datetime.datetime) -> Subscription:
    """Leave out the charge of `charge_at`; the next is one rhythm later. Said twice, it skips once.

    Errors: Conflict where it is not running; AdminApiError where the store was not reached.
    """
    with transaction.atomic():
        subscription = _running(subscription)
        line = subscription.line
        if subscription.status != Status.ACTIVE or subscription.cancel_at_period_end or not line.get("terms"):
            raise Conflict(_("Only an active subscription has a charge to skip."))
        if subscription.next_renewal_at != charge_at:
            return subscription
        cycle = str(subscription.cycle)
        note(subscription, Kind.SKIPPED, charge_at=charge_at.isoformat(), cycle=cycle)
        subscription.save(update_fields=["news"])
    later = _one_cycle_after(subscription, charge_at)
    api = AdminApi(subscription.store)
    api.update_subscription(subscription.next_subscription_id, {"next_renewal_date": later.isoformat()})
    return _bring_about(subscription)


def _one_cycle_after(subscription: Subscription, date: datetime.datetime) -> datetime.datetime:
    interval, count = subscription.line["rhythm"]
    day = began_on(subscription)
    return add_interval(date, interval, count, subscription.store.time_zone, began_on=day)


def change(
    *, subscription: Subscription, plan_id: str = "", variant_id: str = "", quantity: int | None = None
) -> Subscription:
    """Another plan, variant or quantity from the next charge on; nothing is charged or given back now.

    Errors: those of `preview`.
    """
    with transaction.atomic():
        subscription = _running(subscription)
        alter(subscription, plan_id=plan_id, variant_id=variant_id, quantity=quantity)
        if any(name in subscription.line for name in CHANGES):
            note(subscription, Kind.CHANGED)
        _save(subscription)
    return _bring_about(subscription)


def describe(*, subscription: Subscription, metadata: dict[str, str]) -> None:
    """Add to what the merchant notes of it, or write it anew under the same names.

    Errors: Conflict where it has ended; Problem where it would be too much.
    """
    with transaction.atomic():
        subscription = _running(subscription)
        subscription.metadata |= metadata
        if len(subscription.metadata) > MOST_NOTES:
            raise Problem(_("Too much is noted of this subscription."), field="metadata")
        subscription.save(update_fields=["metadata", "updated_at"])


def preview(
    *, subscription: Subscription, plan_id: str = "", variant_id: str = "", quantity: int | None = None
) -> Subscription:
    """Return the subscription as `change` would make it, unsaved.

    Errors: Conflict where it has ended or is about to; NotFound for a plan or variant that is not offered
    for it; Problem for a quantity out of bounds.
    """
    subscription.refresh_from_db()
    alter(subscription, plan_id=plan_id, variant_id=variant_id, quantity=quantity)
    if subscription.lines:
        subscription.lines[0] = wanted(subscription.line)
    return subscription


def _running(subscription: Subscription) -> Subscription:
    """Return it afresh and locked. Errors: Conflict where it has ended."""
    subscription = (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("store", "order", "customer")
        .get(pk=subscription.pk)
    )
    if subscription.is_over:
        raise Conflict(_("This subscription has ended."))
    return subscription


def _save(subscription: Subscription) -> None:
    subscription.status = status_of(subscription)
    # Whoever looks first brings it about, should this process die now.
    subscription.refresh_at = timezone.now() + datetime.timedelta(minutes=1)
    subscription.save()


def _bring_about(subscription: Subscription) -> Subscription:
    """Do it now; where the store is not reached the wish stands. Errors: Conflict with the store's no."""
    try:
        return bring_about(subscription=subscription, background=False)
    except AdminApiError as error:
        if error.refused:
            raise Conflict(_("The store refused this: %(why)s") % {"why": error.message}) from error
        logger.warning("subscription %s: wanted, not done yet: %s", subscription.pk, error.message)
    return Subscription.objects.select_related("store", "order", "customer").get(pk=subscription.pk)
