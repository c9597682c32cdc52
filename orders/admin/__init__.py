"""Orders, reviews, withdrawals, price differences, customers, emails, and link statistics in the admin."""

from orders.admin import link_results, payment_request_panels, waiting_shoppers
from orders.admin.contract_notices import ContractNoticeAdmin
from orders.admin.customers import CustomerAdmin
from orders.admin.emails import NotificationAdmin
from orders.admin.orders import OrderAdmin
from orders.admin.payment_requests import PaymentRequestAdmin
from orders.admin.price_differences import PriceDifferenceAdmin
from orders.admin.reviews import OrderReviewAdmin

__all__ = [
    "ContractNoticeAdmin",
    "CustomerAdmin",
    "NotificationAdmin",
    "OrderAdmin",
    "OrderReviewAdmin",
    "PaymentRequestAdmin",
    "PriceDifferenceAdmin",
    "link_results",
    "payment_request_panels",
    "waiting_shoppers",
]
