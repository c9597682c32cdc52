"""What reviews and the log say of payments and upsells, what shoppers are told, and what events came to."""

from django.utils.translation import gettext_lazy as _

from wording.sentence import SentenceTemplate

# Reviews: payments that don't fit their order.
PAID_TWICE = SentenceTemplate(
    "paid_twice", _("Duplicate payment: order %(number)s was already paid by another attempt.")
)
UNMARKED_ORDER = SentenceTemplate(
    "unmarked_order",
    _("NEXT Commerce order %(number)s has the same customer and items, but doesn't carry this payment's ID."),
)
SECOND_ORDER = SentenceTemplate(
    "second_order",
    _(
        "NEXT Commerce order %(number)s was created for the same payment as %(first_number)s. Refund"
        " %(amount)s."
    ),
)
OTHER_CURRENCY_PAID = SentenceTemplate("other_currency_paid", _("Paid in %(paid)s instead of %(expected)s."))
TEST_ORDER_IN_LIVE_STORE = SentenceTemplate(
    "test_order_in_live_store", _("This is a test order in a live store. No money moved.")
)
PARTLY_PAID = SentenceTemplate("partly_paid", _("Partially paid: %(amount)s is outstanding."))
OTHER_ITEMS = SentenceTemplate(
    "other_items", _("Items differ: ordered %(ordered)s, NEXT Commerce has %(bought)s.")
)
OTHER_ARTICLE = SentenceTemplate("other_article", _("Ordered %(ordered)s, but NEXT Commerce sold %(sold)s."))

# Reviews: prices.
NO_TOTAL = SentenceTemplate("no_total", _("NEXT Commerce reports no total."))
OTHER_ITEM_PRICE = SentenceTemplate(
    "other_item_price", _("%(item)s is charged at %(charged)s instead of %(shown)s.")
)
OTHER_SHIPPING_PRICE = SentenceTemplate(
    "other_shipping_price", _("Shipping is charged at %(charged)s instead of %(shown)s.")
)
FOREIGN_CODE = SentenceTemplate(
    "foreign_code", _("NEXT Commerce applied the code %(code)s, which wasn't used here.")
)
OTHER_TOTAL = SentenceTemplate("other_total", _("The total is %(charged)s instead of %(shown)s."))
TAX_OVER_ALL = SentenceTemplate(
    "tax_over_all",
    _(
        "The total is %(charged)s instead of %(shown)s: a tax of %(tax)s is more than all that it is charged"
        " on."
    ),
)
DISCOUNT_MISSING = SentenceTemplate(
    "discount_missing",
    _("The total is %(charged)s instead of %(shown)s: the discount is %(given)s instead of %(promised)s."),
)
TAX_OVER_LIMIT = SentenceTemplate(
    "tax_over_limit",
    _("The total is %(charged)s instead of %(shown)s: tax is %(tax)s instead of %(shown_tax)s."),
)

# The log: payments that take days.
PAYMENT_PENDING = SentenceTemplate(
    "payment_pending", _("Order placed. The payment with %(method)s is on its way and may take days.")
)

# The log: taxes and discounts that differ.
OTHER_TAX = SentenceTemplate("other_tax", _("Tax %(region)s: %(charged)s instead of %(shown)s."))
TAX_NOT_SHOWN = SentenceTemplate("tax_not_shown", _("Tax %(region)s: %(charged)s, not known at checkout."))
OTHER_DISCOUNT = SentenceTemplate("other_discount", _("Discount %(name)s: %(charged)s instead of %(shown)s."))
DISCOUNT_NOT_SHOWN = SentenceTemplate(
    "discount_not_shown", _("Discount %(name)s: %(charged)s, not known at checkout.")
)

# The log: orders without a payment.
ORDER_GONE = SentenceTemplate("order_gone", _("NEXT Commerce no longer has order %(number)s."))
NOT_PAID_IN_TIME = SentenceTemplate("not_paid_in_time", _("Not paid in time. The stock was released."))

# Reviews and the log: upsells.
UPSELL_ACCEPTED = SentenceTemplate(
    "upsell_accepted", _("Upsell accepted: %(quantity)s × %(item)s, %(amount)s.")
)
UPSELL_SOLD_OUT = SentenceTemplate(
    "upsell_sold_out", _("Upsell charged after the item sold out. Ship later or refund.")
)
UPSELL_CHARGED_AFTER_REFUSAL = SentenceTemplate(
    "upsell_charged_after_refusal", _("NEXT Commerce charged an upsell that it had refused before.")
)
OTHER_UPSELL_PRICE = SentenceTemplate(
    "other_upsell_price", _("Upsell shown at %(shown)s but charged at %(charged)s.")
)
UPSELL_PARTLY_PAID = SentenceTemplate(
    "upsell_partly_paid", _("Upsell added, but %(amount)s is still unpaid.")
)
CHARGED_ONCE_MORE = SentenceTemplate(
    "charged_once_more", _("NEXT Commerce charged %(amount)s once more than was accepted. Refund it.")
)
CHARGED_TOO_MUCH = SentenceTemplate(
    "charged_too_much",
    _("NEXT Commerce holds %(held)s for an order of %(total)s. Refund %(excess)s."),
)
UNKNOWN_LINE = SentenceTemplate(
    "unknown_line",
    _(
        "NEXT Commerce added %(quantity)s × %(item)s for %(amount)s, which nobody accepted. Refund it, or"
        " ship it."
    ),
)
UPSELL_NOT_CHARGED = SentenceTemplate(
    "upsell_not_charged",
    _("NEXT Commerce added an upsell and asked no payment for %(amount)s. Collect it, or remove the item."),
)

# Shoppers: why a payment didn't start, or ended.
START_FAILED = SentenceTemplate(
    "start_failed", _("We couldn't start the payment. Nothing was charged. Please try again.")
)
METHOD_REFUSED = SentenceTemplate(
    "method_refused",
    _("%(method)s can't be used for this order. Nothing was charged. Choose another way to pay."),
)
SERVICE_BUSY = SentenceTemplate(
    "service_busy", _("The payment service is busy. Nothing was charged. Please try again in a minute.")
)
SERVICE_SILENT = SentenceTemplate(
    "service_silent",
    _("The payment service didn't respond in time. Nothing was charged. Please try again."),
)
REPLACED = SentenceTemplate("replaced", _("This payment was replaced by another one. Nothing was charged."))
PAYMENT_DECLINED = SentenceTemplate(
    "payment_declined", _("Your payment was declined. Try again or use another payment method.")
)
ADDRESS_REFUSED = SentenceTemplate(
    "address_refused", _("Your address wasn't accepted. Nothing was charged. Check it and try again.")
)
CONTACT_REFUSED = SentenceTemplate(
    "contact_refused",
    _("Your email address or phone number wasn't accepted. Nothing was charged. Check them and try again."),
)
CODE_REFUSED = SentenceTemplate(
    "code_refused",
    _(
        "“%(code)s” is no longer valid or was already used, so we removed it. Nothing was charged. "
        "Check the new total, then try again."
    ),
)
ITEM_SOLD_OUT = SentenceTemplate(
    "item_sold_out", _("%(name)s just sold out. Nothing was charged. Choose another item.")
)
TOO_FEW_IN_STOCK = SentenceTemplate(
    "too_few_in_stock",
    _("There aren't %(quantity)d × %(name)s in stock. Nothing was charged. Choose a smaller quantity."),
)
ITEM_UNAVAILABLE = SentenceTemplate(
    "item_unavailable",
    _("%(name)s can't be bought right now. Nothing was charged. Choose another item."),
)

# Shoppers: why an upsell wasn't added.
OFFER_ENDED = SentenceTemplate("offer_ended", _("This offer has ended. Nothing was charged."))
OFFER_USED_UP = SentenceTemplate(
    "offer_used_up", _("This offer is no longer available. Nothing was charged.")
)
OFFER_SOLD_OUT = SentenceTemplate("offer_sold_out", _("This item just sold out. Nothing was charged."))
OFFER_DECLINED = SentenceTemplate(
    "offer_declined", _("Your payment for this offer was declined. Your order hasn't changed.")
)
OFFER_NOT_ADDED = SentenceTemplate(
    "offer_not_added", _("We couldn't add this item. Nothing was charged, and your order hasn't changed.")
)
OFFER_MAYBE_CHARGED = SentenceTemplate(
    "offer_maybe_charged", _("We couldn't add this item. If you were charged for it, we'll refund you.")
)

# Webhook events: what was done with one.
EVENT_RECEIVED = SentenceTemplate("event_received", _("received"))
NOTHING_TO_DO = SentenceTemplate("nothing_to_do", _("nothing to do"))
NO_ORDER_IN_EVENT = SentenceTemplate("no_order_in_event", _("no order in the event"))
NO_ITEMS_IN_EVENT = SentenceTemplate(
    "no_items_in_event", _("no items in the event: NEXT Commerce will be asked")
)
NO_PRODUCT_IN_EVENT = SentenceTemplate("no_product_in_event", _("no product in the event"))
PAYMENTS_TO_CHECK = SentenceTemplate("payments_to_check", _("this person's open payments will be checked"))
NO_OPEN_PAYMENTS = SentenceTemplate("no_open_payments", _("this person has no open payments"))
STORE_TO_CHECK = SentenceTemplate("store_to_check", _("the store's settings will be read"))
PAYMENT_TO_CHECK = SentenceTemplate("payment_to_check", _("%(payment)s will be checked"))
PAYMENT_OUTCOME = SentenceTemplate("payment_outcome", "%(payment)s: %(status)s")
ORDER_REFUSED = SentenceTemplate("order_refused", _("refused, because %(reason)s"))
ORDER_TO_SYNC = SentenceTemplate("order_to_sync", _("NEXT Commerce order %(number)s will be synced"))
ORDER_NOT_MARKED = SentenceTemplate(
    "order_not_marked", _("not marked as ours: this person's open payments will be checked")
)
ORDER_OF_OTHER_STORE = SentenceTemplate("order_of_other_store", _("not an order of this store"))
NOT_OF_THIS_STORE = SentenceTemplate("not_of_this_store", _("not about this store"))
SUBSCRIPTION_TO_SYNC = SentenceTemplate("subscription_to_sync", _("the subscription will be synced"))
UNKNOWN_SUBSCRIPTION = SentenceTemplate("unknown_subscription", _("no such subscription here yet"))
RENEWAL_TO_SYNC = SentenceTemplate("renewal_to_sync", _("a renewal: its subscription will be synced"))
RENEWAL_OF_OTHER_STORE = SentenceTemplate("renewal_of_other_store", _("not a renewal of this store"))
PRODUCT_TO_READ = SentenceTemplate("product_to_read", _("product %(number)s will be read"))
NO_PRODUCT_IMPORT = SentenceTemplate("no_product_import", _("this store doesn't import products"))

# Stores: why NEXT's events don't arrive here.
WEBHOOK_OFF = SentenceTemplate("webhook_off", _("The webhook to %(url)s is turned off."))
NO_WEBHOOK = SentenceTemplate("no_webhook", _("No webhook points to %(url)s."))
WEBHOOKS_ELSEWHERE = SentenceTemplate(
    "webhooks_elsewhere", _("No webhook points to %(url)s. Existing webhooks point to: %(hosts)s.")
)

# Reasons that complete "refused, because".
NO_PAYMENT_MARK = SentenceTemplate("no_payment_mark", _("it doesn't carry the payment's ID"))
NUMBER_OF_OTHER_PAYMENT = SentenceTemplate(
    "number_of_other_payment", _("its number belongs to another payment")
)

# The staff log.
UPSELL_SWITCHED_ON = SentenceTemplate("upsell_switched_on", _("Switched on."))
UPSELL_SWITCHED_OFF = SentenceTemplate("upsell_switched_off", _("Switched off."))
TAX_READ = SentenceTemplate("tax_read", _("Test order placed to read the tax of %(place)s."))
TAX_SAVED = SentenceTemplate("tax_saved", _("Tax for %(place)s saved."))
SETUP_STEP_RUN = SentenceTemplate("setup_step_run", _("Setup step “%(step)s” run."))
SETUP_STEP_SAVED = SentenceTemplate("setup_step_saved", _("Setup step “%(step)s” saved."))
PAYMENT_ACTION_REQUESTED = SentenceTemplate("payment_action_requested", _("Requested: %(action)s."))
PERSONAL_DATA_EXPORTED = SentenceTemplate("personal_data_exported", _("Personal data exported."))
PERSONAL_DATA_ERASED = SentenceTemplate("personal_data_erased", _("Personal data erased."))
