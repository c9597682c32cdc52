"""Orders in the admin."""

from .links import SoldLinkAdmin
from .mails import MailAdmin
from .order import OrderAdmin
from .subscriptions import InvoiceAdmin, SubscriptionAdmin

__all__ = ["InvoiceAdmin", "MailAdmin", "OrderAdmin", "SoldLinkAdmin", "SubscriptionAdmin"]
