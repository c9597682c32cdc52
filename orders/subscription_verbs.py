"""What a merchant or a shopper does with a running subscription.

Each writes down what is wanted, then brings it about. Where the store is not reached the wish stands, and
the reconciler goes on with it: a pause or an end never leads to a charge because we were late.
"""

import datetime
import logging
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import SellingPlan, Variant
from catalog.plan_terms import charged_every, terms_of
from catalog.pricing import offered_plans
from orders.calendars import add_interval
from orders.models import Subscription
from orders.subscription_upkeep import bring_about
from orders.subscriptions import CANCELED, status_of
from stores.admin_api import AdminApi, AdminApiError
from stores.errors import Conflict, NotFound, Problem

logger = logging.getLogger(__name__)
Status = Subscription.Status
Wish = Subscription.Wish
MAX_QUANTITY = 999


def pause(*, subscription: Subscription, until: datetime.datetime | None = None) -> Subscription:
    """Charge nothing until resumed, or until a day. Without one the store ends it after six months (3.7).

    Errors: Conflict where it is not running; Problem for a day that is not to come.
    """
    if until is not None and until <= timezone.now():
        raise Problem(_("Choose a day that is still to come."), field="resumes_at")
    with transaction.atomic():
        subscription = _running(subscription)
        if subscription.status != Status.ACTIVE or subscription.cancel_at_period_end:
            raise Conflict(_("Only an active subscription can be paused."))
        subscription.wish = Wish.PAUSE
        subscription.wanted_until = until
        subscription.resume_to = subscription.next_renewal_at
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
        _save(subscription)
    return _bring_about(subscription)


def cancel(*, subscription: Subscription, at_period_end: bool = True, reason: str = "") -> Subscription:
    """End it: when what is paid for is over, or at once.

    At the period's end means paused at the store now and canceled there then. Errors: Conflict where it
    has ended already.
    """
    with transaction.atomic():
        subscription = _running(subscription)
        ends_at = subscription.ends_at or subscription.next_renewal_at or subscription.resume_to
        subscription.cancel_reason = reason[:300] or subscription.cancel_reason
        if at_period_end and ends_at is not None and subscription.status != Status.PAST_DUE:
            subscription.cancel_at_period_end = True
            subscription.ends_at = subscription.resume_to = ends_at
            subscription.wish = Wish.NONE
        else:
            subscription.cancel_at_period_end = False
            subscription.ends_at = timezone.now()
            subscription.wish = Wish.CANCEL
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
        _save(subscription)
    return _bring_about(subscription)


def skip(*, subscription: Subscription, charge_at: datetime.datetime) -> Subscription:
    """Leave out the charge of `charge_at`; the next is one rhythm later. Said twice, it skips once.

    Errors: Conflict where it is not running; AdminApiError where the store was not reached.
    """
    if subscription.status != Status.ACTIVE or subscription.cancel_at_period_end or not subscription.line:
        raise Conflict(_("Only an active subscription has a charge to skip."))
    if subscription.next_renewal_at != charge_at:
        return subscription
    terms = subscription.line["terms"]
    later = add_interval(charge_at, terms["interval"], charged_every(terms), subscription.store.time_zone)
    api = AdminApi(subscription.store)
    api.update_subscription(subscription.next_subscription_id, {"next_renewal_date": later.isoformat()})
    return _bring_about(subscription)


def change(*, subscription: Subscription, plan_id: str = "", quantity: int | None = None) -> Subscription:
    """Another plan or quantity from the next charge on; nothing is charged or given back now.

    Errors: those of `preview`.
    """
    with transaction.atomic():
        subscription = _running(subscription)
        _change(subscription, plan_id=plan_id, quantity=quantity)
        _save(subscription)
    return _bring_about(subscription)


def preview(*, subscription: Subscription, plan_id: str = "", quantity: int | None = None) -> Subscription:
    """Return the subscription as `change` would make it, unsaved.

    Errors: Conflict where it has ended or is about to; NotFound for a plan that is not offered for it.
    """
    subscription.refresh_from_db()
    _change(subscription, plan_id=plan_id, quantity=quantity)
    line = subscription.lines[0]
    line["quantity"] = line.get("wanted_quantity", line["quantity"])
    return subscription


def _change(subscription: Subscription, *, plan_id: str, quantity: int | None) -> None:
    if subscription.is_over or subscription.cancel_at_period_end or not subscription.line:
        raise Conflict(_("This subscription cannot be changed any more."))
    line: dict[str, Any] = subscription.lines[0]
    if plan_id and plan_id != (line["terms"] or {}).get("selling_plan_id"):
        if len(subscription.lines) > 1:
            raise Conflict(_("Several products renew together here; their plan cannot be changed."))
        variant = Variant.objects.select_related("product").filter(pk=line["variant_id"]).first()
        plan = _offered(variant, plan_id) if variant else None
        if variant is None or plan is None:
            raise NotFound(_("This plan is not offered for the product."))
        # A trial was had, if there was one; the price goes on with the cycle that comes next.
        line["terms"] = terms_of(variant=variant, plan=plan) | {
            "trial_period_days": (line["terms"] or {}).get("trial_period_days", 0)
        }
    if quantity is not None:
        if not 1 <= quantity <= MAX_QUANTITY:
            raise Problem(_("Choose a quantity from 1 to 999."), field="quantity")
        if quantity != line["quantity"]:
            line["wanted_quantity"] = quantity
        else:
            line.pop("wanted_quantity", None)


def _offered(variant: Variant, plan_id: str) -> SellingPlan | None:
    return next((plan for plan in offered_plans(variant=variant) if plan.pk == plan_id), None)


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
