"""Safeguards on a store's admin page: settings that open payments depend on."""

from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from checkout.models import PaymentIntent
from orders.models import Order
from stores.admin import StoreAdmin
from stores.forms import StoreForm
from stores.models import Store

# The settings used to check payments with NEXT.
CONNECTION_FIELDS = {"next_api_url", "access_token"}


def has_orders_at_address(store: Store) -> bool:
    """Return True if the store has orders or open payments that are tied to its API address."""
    numbered = Order.objects.filter(store=store.pk, next_order_number__isnull=False)
    return numbered.exists() or count_open_payments(store) > 0


def has_orders(store: Store) -> bool:
    """Return True if the store has orders, paid or not."""
    return store.orders.exists()


def warn_of_open_payments(
    model_admin: "admin.ModelAdmin[Store]",
    request: HttpRequest,
    store: Store,
    form: "ModelForm[Store]",
    change: bool,
) -> None:
    """Warn staff who changed the API address or token while payments are open."""
    open_payments = count_open_payments(store) if change and CONNECTION_FIELDS & set(form.changed_data) else 0
    if open_payments:
        warning = ngettext(
            "%(count)d payment is under way and will be checked with the new settings. "
            "Check the connection now: the payment can't complete while it fails.",
            "%(count)d payments are under way and will be checked with the new settings. "
            "Check the connection now: the payments can't complete while it fails.",
            open_payments,
        )
        messages.warning(request, warning % {"count": open_payments})


def count_open_payments(store: Store) -> int:
    """Return how many of the store's payments have no outcome yet."""
    return PaymentIntent.objects.filter(store=store.pk, status__in=PaymentIntent.OPEN).count()


StoreForm.register_address_use(has_orders_at_address)
StoreForm.register_fixed_field(
    "currency",
    is_used=has_orders,
    message=gettext_lazy(
        "Orders were placed in this store's currency, so it can't change."
        " Add another store to sell in another currency."
    ),
)
StoreForm.register_fixed_field(
    "is_live",
    is_used=has_orders,
    message=gettext_lazy(
        "Orders were placed in this mode, so it can't change."
        " Test and live mode are two stores: add another one."
    ),
)
StoreAdmin.register_save_hook(warn_of_open_payments)
