"""Admin pages for products, payment links, and selling plans."""

from catalog.admin import (
    missing_products,
    payment_links,
    product_import,
    products,
    selling_plans,
    store_currency,
    variants,
)

__all__ = [
    "missing_products",
    "payment_links",
    "product_import",
    "products",
    "selling_plans",
    "store_currency",
    "variants",
]
