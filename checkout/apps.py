from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CheckoutConfig(AppConfig):
    name = "checkout"
    verbose_name = _("Checkout")

    def ready(self) -> None:
        from catalog.views.payment_link import register_private_link_page
        from checkout.cart_reminder_emails import register_cart_reminder_email
        from checkout.upsells.charge_audit import audit_upsells
        from checkout.upsells.confirmation_hold import is_confirmation_held
        from checkout.views.token_link import TOKEN_PARAMETER, show_token_form
        from orders.email_kinds import register_email_hold
        from orders.mirror_listeners import register_mirror_listener
        from orders.models import Notification

        register_cart_reminder_email()
        register_mirror_listener(audit_upsells)
        register_email_hold(Notification.Kind.CONFIRMATION, is_confirmation_held)
        register_private_link_page(parameter=TOKEN_PARAMETER, show_page=show_token_form)
