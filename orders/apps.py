"""The orders app; registers its emails and what it tells the catalog when Django starts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from catalog.ordered_variants import register_ordered_variants_lookup
        from orders.emails import register_order_emails
        from orders.ordered_variants import list_ordered_variants
        from orders.payment_request_emails import register_request_emails

        register_order_emails()
        register_request_emails()
        register_ordered_variants_lookup(list_ordered_variants)
