"""Orders in the admin."""

from .link_statistics import SoldLinkAdmin
from .notifications import MailAdmin
from .orders import OrderAdmin

__all__ = ["MailAdmin", "OrderAdmin", "SoldLinkAdmin"]
