"""Subscriptions and invoices in the admin, and what other pages show of them."""

from subscriptions.admin import panels
from subscriptions.admin.invoices import InvoiceAdmin
from subscriptions.admin.subscriptions import SubscriptionAdmin

__all__ = ["InvoiceAdmin", "SubscriptionAdmin", "panels"]
