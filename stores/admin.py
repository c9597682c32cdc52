"""Admin pages for stores and API keys."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.db import models
from django.db.models import QuerySet
from django.forms import ModelForm, URLInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nextcommerce.errors import NextApiError
from stores.admin_changelists import StoreListAdmin
from stores.connection_check import check_connection
from stores.extendable_admin import ExtendableAdmin
from stores.forms import (
    FooterLinkForm,
    KeylessStoreForm,
    StoreForm,
    TaxRateForm,
    TaxRateFormSet,
    TaxRegionForm,
)
from stores.models import ApiKey, FooterLink, Store, StoreOffer, TaxRate, TaxRegion
from stores.page_cache import clear_page_cache
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
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ("last_response_at", "last_failure_at", "last_failure_message", "webhook_error")
    actions = ("check_connections",)
    inlines = (FooterLinkInline, TaxRegionInline, TaxRateInline, StoreOfferInline)
    panel_slots = ("steps",)
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
                    "payment_method",
                    "payment_gateway",
                    "payment_gateway_group",
                    "verification_amount",
                    "next_sends_receipt",
                    "notify_subscribers",
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
        (
            gettext_lazy("Discounts"),
            {"fields": ("accepts_codes", "codes_lower_custom_prices", "shipping_codes")},
        ),
        (gettext_lazy("Branding"), {"fields": ("accent", "support_email")}),
        (
            gettext_lazy("Connection status"),
            {"fields": ("last_response_at", "last_failure_at", "last_failure_message", "webhook_error")},
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Store | None = None) -> Any:
        """Leave out secrets that the user can't set, and for a new store whether it has moved."""
        left_out = set() if obj is not None else {"has_moved"}
        if not self._may_set_keys(request, obj):
            left_out |= {*SECRET_FIELDS, "has_moved"}
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
        may_save = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return may_save and request.user.has_perm("stores.change_store_keys")

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
        has_tax_changed = "tax_mode" in form.changed_data or any(
            formset.has_changed() for formset in formsets if formset.model in {TaxRate, TaxRegion}
        )
        for warning in list_tax_warnings(store=form.instance) if has_tax_changed else []:
            self.message_user(request, warning, messages.WARNING)

    def response_add(
        self, request: HttpRequest, obj: Store, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Lead from a new store to its page, where the steps that are left stand."""
        if "_addanother" not in request.POST and IS_POPUP_VAR not in request.POST:
            return redirect("admin:stores_store_change", obj.pk)
        return super().response_add(request, obj, post_url_continue)

    @admin.action(description=gettext_lazy("Check the connection"), permissions=["change"])
    def check_connections(self, request: HttpRequest, queryset: QuerySet[Store]) -> None:
        for store in queryset:
            try:
                report = check_connection(store=store)
            except NextApiError as error:
                self._message_store_result(request, store, error.message, messages.ERROR)
                continue
            level = messages.WARNING if report.warnings else messages.SUCCESS
            self._message_store_result(request, store, " ".join([report.summary, *report.warnings]), level)

    def _message_store_result(self, request: HttpRequest, store: Store, text: str, level: int) -> None:
        self.message_user(request, f"{store.name}: {text}", level)


@admin.register(ApiKey)
class ApiKeyAdmin(StoreListAdmin):
    """API keys. They are issued and revoked, never edited or deleted."""

    list_display = ("prefix", "name", "store", "created_at", "last_used_at", "revoked_at")
    list_filter = ("store", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("store",)
    search_fields = ("name", "prefix")
    fields = ("store", "name", "prefix", "created_at", "last_used_at", "revoked_at")
    readonly_fields = ("prefix", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        # Without an object, Django asks whether list actions are allowed. A single key can't be changed.
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return self.fields if obj else ("store", "name")

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ModelForm, change: bool) -> None:
        row, secret = ApiKey.objects.issue(store=obj.store, name=obj.name)
        obj.__dict__.update(row.__dict__)
        request.issued_secret = secret  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the new key, this one time."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("New API key"),
            "opts": self.opts,
            "key": obj,
            "secret": request.issued_secret,  # type: ignore[attr-defined]
        }
        response = TemplateResponse(request, "admin/stores/apikey/issued.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @admin.action(description=gettext_lazy("Revoke permanently"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            key.revoke()
            self.log_change(request, key, _("Revoked."))
        self.message_user(request, _("Revoked. Programs can no longer use these keys."))
