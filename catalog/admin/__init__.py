"""Admin pages for products, payment links, and selling plans."""

from catalog.admin import (
    categories,
    missing_products,
    payment_links,
    products,
    selling_plans,
    store_currency,
    store_logo,
    variants,
)

__all__ = [
    "categories",
    "missing_products",
    "payment_links",
    "products",
    "selling_plans",
    "store_currency",
    "store_logo",
    "variants",
]
