"""Orders in the admin."""

from .link_statistics import PaymentLinkStatisticsAdmin
from .notifications import NotificationAdmin
from .orders import OrderAdmin

__all__ = ["NotificationAdmin", "OrderAdmin", "PaymentLinkStatisticsAdmin"]
