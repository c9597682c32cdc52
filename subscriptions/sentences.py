"""What is said of subscriptions to staff: in the log and the reviews of orders, and of their sync."""

from django.utils.translation import gettext_lazy as _

from wording.sentence import SentenceTemplate

DUPLICATE = SentenceTemplate(
    "duplicate_subscription",
    _("The same person already subscribes to this plan with order %(number)s."),
)
RENEWED_AFTER_SOLD_OUT = SentenceTemplate(
    "renewed_after_sold_out", _("Renewed after the item sold out. Ship later or refund.")
)

# Why a sync couldn't go on, as staff read it.
OTHER_SUBSCRIPTION_SHOWN = SentenceTemplate(
    "other_subscription_shown", _("NEXT Commerce answered about another subscription.")
)
OTHER_CURRENCY_SHOWN = SentenceTemplate(
    "other_currency_shown", _("NEXT Commerce has this subscription in another currency.")
)
OTHER_FIRST_ORDER_SHOWN = SentenceTemplate(
    "other_first_order_shown", _("NEXT Commerce has this subscription with another first order.")
)
SUBSCRIPTION_MISSING = SentenceTemplate(
    "subscription_missing", _("NEXT Commerce doesn't have this subscription yet, or no longer.")
)
EFFECT_NOT_SHOWN = SentenceTemplate(
    "effect_not_shown", _("NEXT Commerce accepted a change but doesn't show it yet.")
)

# The staff log.
ACTION_REQUESTED = SentenceTemplate("subscription_action_requested", _("Requested: %(action)s."))
