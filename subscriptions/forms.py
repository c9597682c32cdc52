"""What a form asks of a subscription, brought to its verb: the subscriber's page and the staff's use it."""

from collections.abc import Callable
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from nextcommerce.errors import AdminApiError
from nextcommerce.schemas import moment
from stores.errors import Problem
from subscriptions import services
from subscriptions.billing_dates import add_interval
from subscriptions.models import Subscription

PAUSES = (1, 2, 3)  # months
Reason = Subscription.EndReason
REASONS = (Reason.QUALITY, Reason.PRICE, Reason.CHANGED_MIND, Reason.NOT_INTENDED, Reason.OTHER)


def act(*, subscription: Subscription, given: QueryDict) -> None:
    """Do the `action` that a form names. Errors: Problem, Conflict; 503 where the store was not reached."""
    action = ACTIONS.get(given.get("action", ""))
    if action is None:
        raise Problem(_("Please choose what to do."))
    try:
        action(subscription, given)
    except AdminApiError as error:
        raise Problem(
            _("The shop could not be reached. Nothing has changed; please try again in a minute."),
            status=503,
        ) from error


def _pause(subscription: Subscription, given: QueryDict) -> None:
    months, store = given.get("months", ""), subscription.store
    known = months in {str(number) for number in PAUSES}
    until = add_interval(store.now(), "month", int(months), store.time_zone) if known else None
    services.pause(subscription=subscription, until=until)


def _skip(subscription: Subscription, given: QueryDict) -> None:
    charge_at = moment(given.get("charge_at"))
    if charge_at is None:
        raise Problem(_("Please choose what to do."))
    services.skip(subscription=subscription, charge_at=charge_at)


def _why(given: QueryDict) -> str:
    """One of the reasons offered; own words say more than any of them."""
    reason = given.get("reason", "")
    return given.get("words", "").strip()[:300] or (reason if reason in REASONS else "")


ACTIONS: dict[str, Callable[[Subscription, QueryDict], object]] = {
    "pause": _pause,
    "skip": _skip,
    "resume": lambda subscription, given: services.resume(subscription=subscription),
    "change": lambda subscription, given: services.change(subscription=subscription, **read_change(given)),
    "cancel": lambda subscription, given: services.cancel(subscription=subscription, reason=_why(given)),
    "revoke": lambda subscription, given: services.revoke_cancel(subscription=subscription),
}


def read_change(given: QueryDict) -> dict[str, Any]:
    """Return what `change` takes from a form's fields; a quantity that is none is out of bounds."""
    quantity = given.get("quantity", "")
    number = int(quantity) if quantity.isascii() and quantity.isdecimal() and len(quantity) < 4 else 0
    return {
        "plan_id": given.get("plan", ""),
        "variant_id": given.get("variant", ""),
        "quantity": number if quantity else None,
    }
