"""What the log and the reviews of orders say of subscriptions."""

from django.utils.translation import gettext_lazy as _

from wording.sentence import SentenceTemplate

DUPLICATE = SentenceTemplate(
    "duplicate_subscription",
    _("The same person already subscribes to this plan with order %(number)s."),
)
RENEWED_AFTER_SOLD_OUT = SentenceTemplate(
    "renewed_after_sold_out", _("Renewed after the item sold out. Ship later or refund.")
)

# The staff log.
ACTION_REQUESTED = SentenceTemplate("subscription_action_requested", _("Requested: %(action)s."))
