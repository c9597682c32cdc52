"""The orders app; registers its emails when Django starts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from orders.emails import register_order_emails
        from orders.payment_request_emails import register_request_emails

        register_order_emails()
        register_request_emails()
