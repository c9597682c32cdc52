"""Orders in the admin."""

from .mails import MailAdmin
from .order import OrderAdmin

__all__ = ["MailAdmin", "OrderAdmin"]
