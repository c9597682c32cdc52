"""Orders, reviews, price differences, customers and emails in the admin, and link statistics."""

from orders.admin import link_results
from orders.admin.customers import CustomerAdmin
from orders.admin.emails import NotificationAdmin
from orders.admin.orders import OrderAdmin
from orders.admin.price_differences import PriceDifferenceAdmin
from orders.admin.reviews import OrderReviewAdmin

__all__ = [
    "CustomerAdmin",
    "NotificationAdmin",
    "OrderAdmin",
    "OrderReviewAdmin",
    "PriceDifferenceAdmin",
    "link_results",
]
