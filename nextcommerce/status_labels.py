"""NEXT's words for states, as people read them. APIs and exports keep NEXT's words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wording.sentence import Label

STATUS_LABELS: dict[str, Promise] = {
    # Orders.
    "open": _("Open"),
    "archived": _("Archived"),
    "canceled": _("Canceled"),
    # Payments.
    "pending": _("Pending"),
    "authorized": _("Authorized"),
    "expiring": _("Authorization expires soon"),
    "expired": _("Authorization expired"),
    "paid": _("Paid"),
    "partially_paid": _("Partly paid"),
    "voided": _("Voided"),
    "partially_voided": _("Partly voided"),
    "refunded": _("Refunded"),
    "partially_refunded": _("Partly refunded"),
    # Fulfillment.
    "not_required": _("No shipping needed"),
    "unfulfilled": _("Not shipped"),
    "on_hold": _("On hold"),
    "rejected": _("Rejected by the warehouse"),
    "processing": _("Being prepared"),
    "partially_fulfilled": _("Partly shipped"),
    "fulfilled": _("Shipped"),
    "incomplete": _("Incomplete"),
    # Where a parcel is.
    "tracking_added": _("Handed to the carrier"),
    "in_transit": _("On its way"),
    "out_for_delivery": _("Out for delivery"),
    "attempted_delivery": _("Delivery attempted"),
    "failed_delivery": _("Delivery failed"),
    "delivered": _("Delivered"),
    "delayed": _("Delayed"),
    # Subscriptions.
    "active": _("Active"),
    "paused": _("Paused"),
    "past_due": _("Past due"),
    "retrying": _("Charge will be retried"),
}


def label_status(code: str) -> str:
    """Return a state in the reader's language. A word that we don't know is shown as it is; "" stays ""."""
    return str(STATUS_LABELS.get(code) or _describe_unknown(code))


def name_status(code: str) -> Label | str:
    """Return a state as a value of a sentence."""
    label = STATUS_LABELS.get(code)
    return Label.of(label) if label else _describe_unknown(code)


def _describe_unknown(code: str) -> str:
    return code.replace("_", " ").strip().capitalize()
