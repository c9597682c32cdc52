"""The store's page in the admin, careful with what payments under way depend on."""

from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import ngettext

from checkout.models import PaymentIntent
from orders.models import Order
from stores.admin import StoreAdmin
from stores.forms import StoreForm
from stores.models import Store

# With these the store is asked what became of its payments.
CONNECTION_FIELDS = {"next_api_url", "access_token"}


def has_orders_at_address(store: Store) -> bool:
    """Return True if orders or open payments of the store are known by their numbers at its address."""
    numbered = Order.objects.filter(store=store.pk, next_order_number__isnull=False)
    return numbered.exists() or count_open_payments(store) > 0


def warn_of_open_payments(
    model_admin: "admin.ModelAdmin[Store]",
    request: HttpRequest,
    store: Store,
    form: "ModelForm[Store]",
    change: bool,
) -> None:
    """Say what a new address or token means for payments under way."""
    open_payments = count_open_payments(store) if change and CONNECTION_FIELDS & set(form.changed_data) else 0
    if open_payments:
        words = ngettext(
            "%(count)d payment is under way, and asked about with what was saved just now. "
            "Check the connection: while it fails, nobody learns how it ended.",
            "%(count)d payments are under way, and asked about with what was saved just now. "
            "Check the connection: while it fails, nobody learns how they ended.",
            open_payments,
        )
        messages.warning(request, words % {"count": open_payments})


def count_open_payments(store: Store) -> int:
    """How many of the store's payments have no outcome yet."""
    return PaymentIntent.objects.filter(store=store.pk, status__in=PaymentIntent.OPEN).count()


StoreForm.register_address_use(has_orders_at_address)
StoreAdmin.register_save_hook(warn_of_open_payments)
