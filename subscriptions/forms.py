"""What a form asks of a subscription, brought to its verb: the subscriber's page and the staff's use it."""

from collections.abc import Callable
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from nextcommerce.errors import NextApiError
from nextcommerce.parsing import parse_timestamp
from stores.errors import Problem
from subscriptions import services
from subscriptions.billing_dates import add_interval
from subscriptions.models import Subscription

PAUSE_MONTHS = (1, 2, 3)  # months
Reason = Subscription.CancelReason
CANCEL_REASONS = (Reason.QUALITY, Reason.PRICE, Reason.CHANGED_MIND, Reason.NOT_INTENDED, Reason.OTHER)


def perform_form_action(*, subscription: Subscription, data: QueryDict) -> None:
    """Do the `action` that a form names. Errors: Problem, Conflict; 503 where the store was not reached."""
    action = FORM_ACTIONS.get(data.get("action", ""))
    if action is None:
        raise Problem(_("Please choose what to do."))
    try:
        action(subscription, data)
    except NextApiError as error:
        raise Problem(
            _("The shop could not be reached. Nothing has changed; please try again in a minute."),
            status=503,
        ) from error


def _pause_from_form(subscription: Subscription, data: QueryDict) -> None:
    months, store = data.get("months", ""), subscription.store
    known = months in {str(number) for number in PAUSE_MONTHS}
    until = add_interval(store.now(), "month", int(months), store.time_zone) if known else None
    services.pause_subscription(subscription=subscription, until=until)


def _skip_from_form(subscription: Subscription, data: QueryDict) -> None:
    charge_at = parse_timestamp(data.get("charge_at"))
    if charge_at is None:
        raise Problem(_("Please choose what to do."))
    services.skip_charge(subscription=subscription, charge_at=charge_at)


def _read_cancel_reason(data: QueryDict) -> str:
    """One of the reasons offered; own words say more than any of them."""
    reason = data.get("reason", "")
    return data.get("other_reason", "").strip()[:300] or (reason if reason in CANCEL_REASONS else "")


FORM_ACTIONS: dict[str, Callable[[Subscription, QueryDict], object]] = {
    "pause": _pause_from_form,
    "skip": _skip_from_form,
    "resume": lambda subscription, data: services.resume_subscription(subscription=subscription),
    "change": lambda subscription, data: services.change_subscription(
        subscription=subscription, **parse_change_form(data)
    ),
    "cancel": lambda subscription, data: services.cancel_subscription(
        subscription=subscription, reason=_read_cancel_reason(data)
    ),
    "revoke": lambda subscription, data: services.revoke_cancellation(subscription=subscription),
}


def parse_change_form(data: QueryDict) -> dict[str, Any]:
    """Return what `change` takes from a form's fields; a quantity that is none is out of bounds."""
    quantity = data.get("quantity", "")
    number = int(quantity) if quantity.isascii() and quantity.isdecimal() and len(quantity) < 4 else 0
    return {
        "plan_id": data.get("plan", ""),
        "variant_id": data.get("variant", ""),
        "quantity": number if quantity else None,
    }
