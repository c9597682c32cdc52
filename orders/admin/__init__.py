"""Orders, reviews, price differences, customers and emails in the admin, and link statistics."""

from orders.admin import link_results, payment_request_panels
from orders.admin.customers import CustomerAdmin
from orders.admin.emails import NotificationAdmin
from orders.admin.orders import OrderAdmin
from orders.admin.payment_requests import PaymentRequestAdmin
from orders.admin.price_differences import PriceDifferenceAdmin
from orders.admin.reviews import OrderReviewAdmin

__all__ = [
    "CustomerAdmin",
    "NotificationAdmin",
    "OrderAdmin",
    "OrderReviewAdmin",
    "PaymentRequestAdmin",
    "PriceDifferenceAdmin",
    "link_results",
    "payment_request_panels",
]
