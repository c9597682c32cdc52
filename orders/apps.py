"""The orders app; registers its emails and what it tells the catalog when Django starts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from catalog.ordered_variants import register_ordered_variants_lookup
        from orders.address_changes import settle_requested_address
        from orders.emails import register_order_emails
        from orders.mirror_listeners import register_mirror_listener
        from orders.ordered_variants import list_ordered_variants
        from orders.payment_request_emails import register_request_emails
        from orders.stock_alert_emails import register_stock_alert_emails

        register_mirror_listener(settle_requested_address)
        register_order_emails()
        register_stock_alert_emails()
        register_request_emails()
        register_ordered_variants_lookup(list_ordered_variants)
