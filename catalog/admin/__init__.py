"""The catalogue in the admin: one module for each page of it."""

from catalog.admin import links, plans, products

__all__ = ["links", "plans", "products"]
