"""What the log and the reviews of orders say."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from nextcommerce.status_labels import name_status
from nextcommerce.statuses import NextFulfillmentStatus
from wording.sentence import Label, Sentence, SentenceTemplate

# Who did what nobody of the staff did.
SHOP_ACTOR, SHOPPER_ACTOR = "the shop", "the shopper"
_LABELS = {SHOP_ACTOR: Label.of(_("the shop")), SHOPPER_ACTOR: Label.of(_("the shopper"))}


def name_actor(actor: str) -> str | Label:
    """Return who did something as a value of a sentence."""
    return _LABELS.get(actor, actor)


# The log: what NEXT reported.
PAID = SentenceTemplate("paid", _("Paid: NEXT Commerce order %(number)s, %(total)s."))
EDITED = SentenceTemplate("edited", _("Items changed in NEXT Commerce. New total: %(total)s."))
VERIFICATION_REFUNDED = SentenceTemplate(
    "verification_refunded", _("Refunded the verification amount of %(amount)s.")
)
REFUNDED = SentenceTemplate("refunded", _("Refunded %(amount)s. Total refunded: %(total)s."))
CANCELED = SentenceTemplate("canceled", _("Canceled in NEXT Commerce."))
WITHDRAWAL_RECEIVED = SentenceTemplate(
    "withdrawal_received", _("A withdrawal from the contract was received.")
)
MARKETING_CONFIRMED = SentenceTemplate(
    "marketing_confirmed", _("The customer confirmed that they want news and offers by email.")
)
CANCELLATION_RECEIVED = SentenceTemplate(
    "cancellation_received", _("A cancellation of the contract was received.")
)
CANCELLATION_HANDLED = SentenceTemplate("cancellation_handled", _("The cancellation was marked as handled."))
WITHDRAWAL_HANDLED = SentenceTemplate("withdrawal_handled", _("The withdrawal was marked as handled."))
SHIPPED = SentenceTemplate("shipped", _("Shipped."))
ALL_SHIPPED = SentenceTemplate("all_shipped", _("All items have shipped."))
PARTLY_SHIPPED = SentenceTemplate("partly_shipped", _("Some items have shipped."))
OTHER_FULFILLMENT = SentenceTemplate("other_fulfillment", _("Fulfillment status: %(status)s."))

# The log: what staff and shoppers did.
NOTE = SentenceTemplate("note", "%(text)s")
NOTE_ERASED = SentenceTemplate("note_erased", _("Note erased."))
DATA_ERASED = SentenceTemplate("data_erased", _("The customer's personal data was erased."))
CANCEL_REQUESTED = SentenceTemplate("cancel_requested", _("%(actor)s requested cancellation: %(reason)s"))
CANCELED_BY_SHOPPER = SentenceTemplate(
    "canceled_by_shopper", _("The shopper canceled the order on its page and gets a full refund.")
)
EMAIL_RESENT = SentenceTemplate("email_resent", _("%(actor)s resent an email: %(kind)s."))
REFUND_MADE = SentenceTemplate("refund_made", _("%(actor)s refunded %(amount)s."))
REFUND_MADE_WITH_NOTE = SentenceTemplate(
    "refund_made_with_note", _("%(actor)s refunded %(amount)s. %(note)s")
)
REFUND_MADE_LATE = SentenceTemplate(
    "refund_made_late",
    _(
        "NEXT Commerce made the refund of %(amount)s that %(actor)s requested, after it had counted as not"
        " made."
    ),
)
CANCELED_LATE = SentenceTemplate(
    "canceled_late",
    _("NEXT Commerce canceled the order as %(actor)s requested, after that had counted as not done."),
)
VERIFICATION_REFUND_RETRIED = SentenceTemplate(
    "verification_refund_retried", _("%(actor)s retried the refund of the verification amount.")
)

ADDRESS_REQUESTED = SentenceTemplate(
    "address_requested", _("The shopper asked to change the shipping address.")
)
ADDRESS_CHANGED = SentenceTemplate("address_changed", _("Shipping address changed in NEXT Commerce."))
ADDRESS_NOT_CHANGED = SentenceTemplate(
    "address_not_changed", _("The shipping address stays as it was: NEXT Commerce didn't change it.")
)

# The log: how a review ended.
REVIEW_ACCEPTED = SentenceTemplate(
    "review_accepted", _("%(actor)s accepted the payment. Reason for the review: %(reason)s")
)
REVIEW_REFUNDED = SentenceTemplate(
    "review_refunded", _("%(actor)s refunded %(amount)s of the payment in review. (%(reason)s)")
)
REVIEW_DISMISSED = SentenceTemplate("review_dismissed", _("%(actor)s closed the review. (%(reason)s)"))
REVIEW_SETTLED_ELSEWHERE = SentenceTemplate(
    "review_settled_elsewhere",
    _(
        "%(actor)s closed the review as settled elsewhere. (%(reason)s) NEXT Commerce keeps its order and the"
        " money."
    ),
)

# Reviews: an answer about another order, and how it shows. The reasons also complete "refused, because".
FOREIGN_ORDER = SentenceTemplate(
    "foreign_order",
    _("NEXT Commerce answered about another order: %(reason)s. Check the store's API URL and access token."),
)
OTHER_NUMBER = SentenceTemplate("other_number", _("its number is %(found)s instead of %(expected)s"))
OTHER_CURRENCY = SentenceTemplate("other_currency", _("its currency is %(found)s instead of %(expected)s"))
OTHER_PAYMENT = SentenceTemplate("other_payment", _("it carries another payment's ID"))
OTHER_TIME = SentenceTemplate("other_time", _("it was created at another time"))
UNKNOWN_LINES = SentenceTemplate("unknown_lines", _("none of its items is known"))
OTHER_SUBSCRIPTION = SentenceTemplate("other_subscription", _("it renews another subscription"))
NUMBER_OF_OTHER_ORDER = SentenceTemplate("number_of_other_order", _("its number belongs to another order"))

# Reviews: refunds.
EXTRA_REFUND = SentenceTemplate(
    "extra_refund",
    _("NEXT Commerce refunded %(extra)s more than the %(amount)s that %(actor)s requested."),
)
POSSIBLY_REPEATED_REFUND = SentenceTemplate(
    "possibly_repeated_refund", _("%(what)s Check that nobody refunded it again.")
)
REFUND_NOT_MADE = SentenceTemplate(
    "refund_not_made",
    _("NEXT Commerce didn't make the refund of %(amount)s that %(actor)s requested: %(why)s"),
)
REFUND_WITHDRAWN = SentenceTemplate(
    "refund_withdrawn",
    _(
        "NEXT Commerce no longer shows %(amount)s that it had reported as refunded. Total refunded:"
        " %(total)s. Check the stock, and what the shopper was told."
    ),
)
VERIFICATION_NOT_REFUNDED = SentenceTemplate(
    "verification_not_refunded",
    _("The verification amount of %(amount)s was not refunded: %(why)s"),
)
NO_CHARGE_LISTED = SentenceTemplate("no_charge_listed", _("NEXT Commerce lists no charge."))
NO_RECORD_OF_REFUND = SentenceTemplate("no_record_of_refund", _("NEXT Commerce has no record of it."))

# Reviews: stock.
PAID_AFTER_SOLD_OUT = SentenceTemplate(
    "paid_after_sold_out", _("Paid after the item sold out. Ship later or refund.")
)

# The staff log.
NOTE_ADDED = SentenceTemplate("note_added", _("Note added."))
TAG_ADDED = SentenceTemplate("tag_added", _("Tag added."))
TAG_REMOVED = SentenceTemplate("tag_removed", _("Tag removed."))
NOTICE_MARKED = SentenceTemplate("notice_marked", _("Marked as handled."))
EMAIL_SENT_AGAIN = SentenceTemplate("email_sent_again", _("Email sent again."))
REVIEW_CLOSED = SentenceTemplate("review_closed", _("Review closed."))
CUSTOMER_PAGE_OPENED = SentenceTemplate("customer_page_opened", _("Customer's page opened."))
CANCELLATION_ASKED = SentenceTemplate("cancellation_asked", _("Cancellation requested."))
REFUND_ASKED = SentenceTemplate("refund_asked", _("Refund of %(amount)s requested."))
VERIFICATION_REFUND_ASKED = SentenceTemplate(
    "verification_refund_asked", _("Refund of the verification charge requested.")
)
RATES_ADOPTED = SentenceTemplate("rates_adopted", _("NEXT Commerce's tax rates adopted."))
DIFFERENCE_CLOSED = SentenceTemplate("difference_closed", _("Price difference closed."))
ORDERS_EXPORTED = SentenceTemplate(
    "orders_exported",
    ngettext_lazy("Exported %(count)d order.", "Exported %(count)d orders.", "count"),
)
PACKING_SLIPS_PRINTED = SentenceTemplate(
    "packing_slips_printed",
    ngettext_lazy(
        "Packing slip of %(count)d order printed.", "Packing slips of %(count)d orders printed.", "count"
    ),
)
TAG_ADDED_TO_ORDERS = SentenceTemplate(
    "tag_added_to_orders",
    ngettext_lazy(
        "Tag “%(tag)s” added to %(count)d order.", "Tag “%(tag)s” added to %(count)d orders.", "count"
    ),
)
TAG_REMOVED_FROM_ORDERS = SentenceTemplate(
    "tag_removed_from_orders",
    ngettext_lazy(
        "Tag “%(tag)s” removed from %(count)d order.", "Tag “%(tag)s” removed from %(count)d orders.", "count"
    ),
)
# Payment requests: reviews, and the staff log.
REQUEST_PAID_TWICE = SentenceTemplate(
    "request_paid_twice",
    _("The payment request was already paid by another order. Refund one of them."),
)
REQUEST_PAID_AFTER_CANCELING = SentenceTemplate(
    "request_paid_after_canceling",
    _("Paid after the payment request was canceled. Keep the payment or refund it."),
)
REQUEST_SENT_AGAIN = SentenceTemplate("request_sent_again", _("The email will be sent again in a moment."))
REQUEST_CANCELED = SentenceTemplate(
    "request_canceled", _("Request canceled. Its link no longer takes payments.")
)
REQUEST_EXTENDED = SentenceTemplate("request_extended", _("The request can be paid until %(day)s."))
REQUESTS_EXPORTED = SentenceTemplate(
    "requests_exported",
    ngettext_lazy("Exported %(count)d request.", "Exported %(count)d requests.", "count"),
)


def describe_fulfillment(status: str) -> Sentence:
    """Return the log line on how much of an order has shipped."""
    known = {
        NextFulfillmentStatus.FULFILLED: ALL_SHIPPED,
        NextFulfillmentStatus.PARTIALLY_FULFILLED: PARTLY_SHIPPED,
    }
    template = known.get(NextFulfillmentStatus(status))
    return template.fill() if template else OTHER_FULFILLMENT.fill(status=name_status(status))
