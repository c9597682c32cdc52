"""The checkout in the admin: one module for each page of it."""

from checkout.admin import customers, intents, offers, orders, stores

__all__ = ["customers", "intents", "offers", "orders", "stores"]
