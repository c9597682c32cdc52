from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CheckoutConfig(AppConfig):
    name = "checkout"
    verbose_name = _("Checkout")

    def ready(self) -> None:
        from catalog.views.payment_link import register_private_link_page
        from checkout.upsells.confirmation_hold import is_confirmation_held
        from checkout.views.token_link import TOKEN_PARAMETER, show_token_form
        from orders.email_kinds import register_email_hold
        from orders.models import Notification

        register_email_hold(Notification.Kind.CONFIRMATION, is_confirmation_held)
        register_private_link_page(parameter=TOKEN_PARAMETER, show_page=show_token_form)
