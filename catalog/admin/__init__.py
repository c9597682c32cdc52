"""Admin pages for products, payment links, and selling plans."""

from catalog.admin import payment_links, products, selling_plans

__all__ = ["payment_links", "products", "selling_plans"]
