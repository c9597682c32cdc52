"""Subscriptions and invoices in the admin: only to look at; what is done with them goes through the API."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy

from orders.models import Invoice, Subscription
from stores.admin_lists import LookOnly


def in_words(lines: list[dict[str, Any]]) -> str:
    """Each line as people say it: `2 × Tea club, 500 g, Monthly`; an invoice's have no plan."""
    return "\n".join(
        f"{line['quantity']} × "
        + ", ".join(filter(None, [line["name"], line["title"], line.get("terms", {}).get("name")]))
        for line in lines
    )


@admin.register(Subscription)
class SubscriptionAdmin(LookOnly):
    list_display = ("id", "order", "what", "status", "store_status", "next_renewal_at", "wish", "problem")
    list_filter = ("store", "status", "wish", ("problem", admin.EmptyFieldListFilter))
    list_select_related = ("order",)
    search_fields = ("id", "order__number", "order__email", "next_subscription_id")
    # What is kept for our own working is left out.
    fields = (
        *("store", "order", "customer", "goods", "status", "wish", "problem", "next_renewal_at", "cycle"),
        *("shipping_price", "currency", "trial_end", "paused_at", "paused_until", "ends_at", "canceled_at"),
        *("reason", "next_subscription_id", "store_status", "metadata"),
    )
    readonly_fields = ("goods", "reason")

    @admin.display(description=gettext_lazy("what"))
    def goods(self, subscription: Subscription) -> str:
        return in_words(subscription.lines)

    @admin.display(description=gettext_lazy("reason"))
    def reason(self, subscription: Subscription) -> str:
        reasons = dict(Subscription.EndReason.choices)
        return str(reasons.get(subscription.cancel_reason, subscription.cancel_reason))

    @admin.display(description=gettext_lazy("what"))
    def what(self, subscription: Subscription) -> str:
        return ", ".join(f"{line['quantity']} × {line['name']}" for line in subscription.lines)


@admin.register(Invoice)
class InvoiceAdmin(LookOnly):
    list_display = ("created_at", "subscription", "cycle", "status", "amount", "currency", "order")
    list_filter = ("store", "status", "created_at")
    list_select_related = ("subscription", "order")
    search_fields = ("id", "subscription__id", "order__number", "store_order_number")
    exclude = ("lines",)
    readonly_fields = ("goods",)

    @admin.display(description=gettext_lazy("what"))
    def goods(self, invoice: Invoice) -> str:
        return in_words(invoice.lines)
