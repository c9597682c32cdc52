"""Checkout in the admin: one module for each page."""

from checkout.admin import (
    customer_privacy,
    order_payments,
    payment_intents,
    store_onboarding,
    store_payments,
    tax_calibration,
    upsells,
)

__all__ = [
    "customer_privacy",
    "order_payments",
    "payment_intents",
    "store_onboarding",
    "store_payments",
    "tax_calibration",
    "upsells",
]
