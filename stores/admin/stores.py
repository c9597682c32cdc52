"""The admin pages of stores."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models
from django.forms import ModelForm, URLInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from nextcommerce.errors import NextApiError
from stores.address_forms import ConnectStoreForm
from stores.connect import connect_store
from stores.extendable_admin import ExtendableAdmin
from stores.forms import (
    CONSUMER_LAW_FIELDS,
    FooterLinkForm,
    KeylessStoreForm,
    StoreForm,
    TaxRateForm,
    TaxRateFormSet,
    TaxRegionForm,
)
from stores.models import FooterLink, Store, StoreHealth, StoreOffer, TaxRate, TaxRegion
from stores.page_cache import clear_page_cache
from stores.sentences import STORE_CONNECTED
from stores.tax_rates import list_tax_warnings

SECRET_FIELDS = ("access_token", "webhook_secret")


class FooterLinkInline(admin.TabularInline):
    model = FooterLink
    form = FooterLinkForm
    fields = ("label", "url", "position")
    extra = 1
    # Django's own widget would repeat each address above its field.
    formfield_overrides = {
        models.URLField: {"assume_scheme": "https", "widget": URLInput(attrs={"size": 60})}
    }


class TaxRateInline(admin.TabularInline):
    model = TaxRate
    form = TaxRateForm
    formset = TaxRateFormSet
    fields = ("country", "states", "name", "rate", "taxes_shipping", "is_compound", "tax_category")
    extra = 1


class TaxRegionInline(admin.TabularInline):
    model = TaxRegion
    form = TaxRegionForm
    fields = ("country", "currency", "mode")
    extra = 1


class StoreOfferInline(admin.TabularInline):
    model = StoreOffer
    fields = ("next_offer_id", "name", "is_active")
    extra = 0
    verbose_name = gettext_lazy("offer")
    verbose_name_plural = gettext_lazy("Offers that NEXT Commerce applies to every order")


@admin.register(Store)
class StoreAdmin(ExtendableAdmin):
    """Stores. Secrets can be set but are never shown again."""

    form = StoreForm
    list_display = ("name", "host", "is_live", "currency", "last_response_at", "last_failure_at")
    list_filter = ("is_live",)
    search_fields = ("name", "host", "slug")
    readonly_fields = ("last_response_at", "last_failure_at", "last_failure_message", "webhook_error")
    inlines = (FooterLinkInline, TaxRegionInline, TaxRateInline, StoreOfferInline)
    panel_slots = ("steps",)
    # Called as (request, store) once a store is connected.
    connect_hooks: ClassVar[tuple[Callable[[HttpRequest, Store], None], ...]] = ()
    fieldsets = (
        (None, {"fields": ("name", "slug", "host", "is_live", "currency", "time_zone")}),
        (
            gettext_lazy("NEXT Commerce"),
            {"fields": ("next_api_url", "has_moved", "access_token", "webhook_secret")},
        ),
        (
            gettext_lazy("Payment"),
            {
                "fields": (
                    "payment_methods",
                    "payment_gateway",
                    "payment_gateway_group",
                    "verification_amount",
                    "next_sends_receipt",
                    "notify_subscribers",
                    "cart_reminder_hours",
                    "self_service_minutes",
                )
            },
        ),
        (
            gettext_lazy("Shipping and tax"),
            {
                "fields": (
                    "countries",
                    "tax_mode",
                    "tax_rounding",
                    "taxes_digital_products",
                    "max_tax_difference",
                )
            },
        ),
        (gettext_lazy("Invoices"), {"fields": ("legal_name", "invoice_address", "tax_id")}),
        (gettext_lazy("Consumer law"), {"fields": CONSUMER_LAW_FIELDS}),
        (
            gettext_lazy("Discounts"),
            {"fields": ("accepts_codes", "codes_lower_custom_prices", "shipping_codes")},
        ),
        (gettext_lazy("Checkout"), {"fields": ("asks_order_note",)}),
        (gettext_lazy("Branding"), {"fields": ("accent", "support_email")}),
        (
            gettext_lazy("Connection status"),
            {"fields": ("last_response_at", "last_failure_at", "last_failure_message", "webhook_error")},
        ),
    )

    @classmethod
    def register_connect_hook(cls, hook: Callable[[HttpRequest, Store], None]) -> None:
        """Call `hook` after staff connect a store."""
        cls.connect_hooks = (*cls.connect_hooks, hook)

    def get_fieldsets(self, request: HttpRequest, obj: Store | None = None) -> Any:
        """Leave out secrets that the user can't set."""
        left_out = set() if self._may_set_keys(request, obj) else {*SECRET_FIELDS, "has_moved"}
        return [
            (title, {"fields": [name for name in options["fields"] if name not in left_out]})
            for title, options in self.fieldsets
        ]

    def get_form(
        self, request: HttpRequest, obj: Store | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = self.form if self._may_set_keys(request, obj) else KeylessStoreForm
        return super().get_form(request, obj, change=change, **{"form": form} | kwargs)

    def _may_set_keys(self, request: HttpRequest, obj: Store | None) -> bool:
        return self.has_change_permission(request, obj) and request.user.has_perm("stores.change_store_keys")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        store = self.get_object(request, object_id)
        panels = {"panels": self.build_panels(request, store)} if store else {}
        return super().change_view(request, object_id, form_url, panels | (extra_context or {}))

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        """Show the new settings in the shop, and point out tax that leaves the total open or is missing."""
        super().save_related(request, form, formsets, change)
        clear_page_cache(host=form.instance.host)
        StoreHealth.record(form.instance, check_due_at=timezone.now())
        has_tax_changed = "tax_mode" in form.changed_data or any(
            formset.has_changed() for formset in formsets if formset.model in {TaxRate, TaxRegion}
        )
        for warning in list_tax_warnings(store=form.instance) if has_tax_changed else []:
            self.message_user(request, warning, messages.WARNING)

    def has_add_permission(self, request: HttpRequest) -> bool:
        # A store is its token: nobody can connect one without setting it.
        return super().has_add_permission(request) and request.user.has_perm("stores.change_store_keys")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Connect a store. NEXT is asked outside of Django's transaction around an admin form."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ConnectStoreForm(request.POST or None, initial=self._suggest_host(request))
        if request.method == "POST" and form.is_valid():
            store = form.build_store()
            if self._connect(form, store):
                text = STORE_CONNECTED.fill()
                log_staff_act(actor=request.user, row=store, text=text, is_addition=True)
                for hook in self.connect_hooks:
                    hook(request, store)
                return redirect("admin:stores_store_setup", store.pk)
        context = {**self.admin_site.each_context(request), "title": _("Connect your store")}
        context |= {"opts": self.opts, "form": form} | (extra_context or {})
        return TemplateResponse(request, "admin/stores/store/connect.html", context)

    @staticmethod
    def _suggest_host(request: HttpRequest) -> dict[str, str]:
        """Return the host of this page, unless a store has it already."""
        host = request.get_host().lower()
        return {} if Store.objects.filter(host=host).exists() else {"host": host}

    @staticmethod
    def _connect(form: ConnectStoreForm, store: Store) -> bool:
        """Connect the store, or add to the form why that isn't possible."""
        try:
            connect_store(store)
        except NextApiError as error:
            field = "access_token" if error.status in {401, 403} else "next_api_url"
            form.add_error(field, _("NEXT Commerce didn't accept this: %(why)s") % {"why": error.message})
        except IntegrityError:
            form.add_error("host", _("Somebody added a store with this address just now."))
        return form.is_valid()
