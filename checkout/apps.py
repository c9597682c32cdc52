from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CheckoutConfig(AppConfig):
    name = "checkout"
    verbose_name = _("Checkout")

    def ready(self) -> None:
        from catalog.views.payment_link import register_private_link_page
        from checkout.views.token_link import TOKEN_PARAMETER, show_token_form

        register_private_link_page(parameter=TOKEN_PARAMETER, show_page=show_token_form)
