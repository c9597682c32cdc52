"""The catalog in the admin: one module for each page of it."""

from catalog.admin import payment_links, products, selling_plans

__all__ = ["payment_links", "products", "selling_plans"]
