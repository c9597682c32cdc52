"""The forms on the subscriber's page and in the admin: read their fields and call the matching service."""

from collections.abc import Callable
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from nextcommerce.errors import NextApiError
from nextcommerce.parsing import parse_timestamp
from stores.dates import add_interval
from stores.errors import Problem
from subscriptions import services
from subscriptions.models import Subscription

PAUSE_MONTHS = (1, 2, 3)
CancelReason = Subscription.CancelReason
CANCEL_REASONS = (
    CancelReason.QUALITY,
    CancelReason.PRICE,
    CancelReason.CHANGED_MIND,
    CancelReason.NOT_INTENDED,
    CancelReason.OTHER,
)


def perform_form_action(*, subscription: Subscription, data: QueryDict) -> None:
    """Run the `action` named in a form.

    Raises Problem if it is unknown or invalid, Conflict if it isn't possible, and Problem (503) if NEXT
    Commerce can't be reached.
    """
    action = FORM_ACTIONS.get(data.get("action", ""))
    if action is None:
        raise Problem(_("Choose an action."))
    try:
        action(subscription, data)
    except NextApiError as error:
        raise Problem(
            _("We can't update this subscription right now. Nothing has changed. Try again in a minute."),
            status=503,
        ) from error


def _pause_from_form(subscription: Subscription, data: QueryDict) -> None:
    months, store = data.get("months", ""), subscription.store
    is_offered = months in {str(number) for number in PAUSE_MONTHS}
    until = add_interval(store.now(), "month", int(months), store.time_zone) if is_offered else None
    services.pause_subscription(subscription=subscription, until=until)


def _skip_from_form(subscription: Subscription, data: QueryDict) -> None:
    charge_at = parse_timestamp(data.get("charge_at"))
    if charge_at is None:
        raise Problem(_("Choose an action."))
    services.skip_charge(subscription=subscription, charge_at=charge_at)


def _read_cancel_reason(data: QueryDict) -> str:
    """Return the subscriber's own text if any, else the selected reason."""
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
    """Return the arguments of `change_subscription`; an invalid quantity becomes 0, which is out of range."""
    quantity = data.get("quantity", "")
    number = int(quantity) if quantity.isascii() and quantity.isdecimal() and len(quantity) < 4 else 0
    return {
        "plan_id": data.get("plan", ""),
        "variant_id": data.get("variant", ""),
        "quantity": number if quantity else None,
    }
