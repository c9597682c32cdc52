from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"
    verbose_name = _("Subscriptions")

    def ready(self) -> None:
        from catalog.ordered_variants import register_ordered_variants_lookup
        from orders.mirror_listeners import register_mirror_listener
        from subscriptions.emails import register_subscription_emails
        from subscriptions.mirror import expect_subscriptions
        from subscriptions.subscribed_variants import list_subscribed_variants

        register_mirror_listener(expect_subscriptions)
        register_subscription_emails()
        register_ordered_variants_lookup(list_subscribed_variants)
