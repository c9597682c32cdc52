"""The checkout in the admin: one module for each page of it."""

from checkout.admin import customers, offers, orders

__all__ = ["customers", "offers", "orders"]
