"""Options in the admin: rows on the product page, and a page for the values of each."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog import product_edits
from catalog.admin.json_table_forms import TableModelAdmin, TableModelForm
from catalog.admin.product_forms import require_seen_version
from catalog.admin.product_option_forms import (
    OptionForm,
    OptionFormSet,
    OptionValueForm,
    OptionValueFormSet,
)
from catalog.models import OptionValue, Product, ProductOption, Variant
from catalog.options import filter_offered_values
from catalog.variants import set_options
from stores.page_cache import clear_page_cache


class OptionsInline(admin.TabularInline):
    """Rows that belong to a product, and that its permissions are for."""

    extra = 1

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        # The variants of a removed value are deleted with it, so they don't protect it.
        formset.form = type("Form", (formset.form,), {"hand_clean_DELETE": lambda form: None})
        return formset

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_view_products(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_change_products(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_change_products(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_change_products(request)


class ProductOptionInline(OptionsInline):
    model = ProductOption
    form = OptionForm
    formset = OptionFormSet
    fields = ("name", "value_line", "place", "details")
    readonly_fields = ("details",)

    def get_extra(self, request: HttpRequest, obj: Product | None = None, **kwargs: Any) -> int:
        return 1 if obj else 2

    @admin.display(description=gettext_lazy("Names and swatches"))
    def details(self, option: ProductOption) -> str:
        """Return the link to the page where values are renamed and get swatches."""
        if option.pk is None:
            return "–"
        url = reverse("admin:catalog_productoption_change", args=[option.pk])
        return format_html('<a href="{}">{}</a>', url, _("Edit values"))


class OptionValueInline(OptionsInline):
    model = OptionValue
    form = OptionValueForm
    formset = OptionValueFormSet
    fields = ("value", "swatch_type", "swatch_value", "swatch_media", "place")

    def get_queryset(self, request: HttpRequest) -> Any:
        return filter_offered_values(super().get_queryset(request))


class ProductOptionForm(TableModelForm):
    """An option. Its values are inline rows."""

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = ProductOption
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen_version"] = self.instance.product.version

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        require_seen_version(self.instance.product, data.get("seen_version"))
        return data


@admin.register(ProductOption)
class ProductOptionAdmin(TableModelAdmin):
    """The values of one option, reached from the page of its product."""

    form = ProductOptionForm
    inlines = (OptionValueInline,)
    fields = ("name", "seen_version")
    list_select_related = ("product__store",)
    change_form_template = "admin/catalog/option_change_form.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_view_products(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_change_products(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProductOption]:
        return super().get_queryset(request).select_related("product__store")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Options have no list: redirect to the products."""
        return redirect("admin:catalog_product_changelist")

    def save_model(self, request: HttpRequest, obj: ProductOption, form: Any, change: bool) -> None:
        """Leave the option to `save_related`, which saves it with its values."""
        product_edits.claim_product_version(product=obj.product, seen=form.cleaned_data["seen_version"])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        product: Product = form.instance.product
        formsets[0].save(commit=False)
        hidden = set_options(product=product, options=formsets[0].options())
        report_hidden_variants(self, request, hidden)
        product.save(update_fields=["updated_at"])
        clear_page_cache(host=product.store.host)

    def response_post_save_change(self, request: HttpRequest, obj: ProductOption) -> HttpResponseRedirect:
        return redirect("admin:catalog_product_change", obj.product_id)


def can_view_products(request: HttpRequest) -> bool:
    return request.user.has_perm("catalog.view_product") or can_change_products(request)


def can_change_products(request: HttpRequest) -> bool:
    return request.user.has_perm("catalog.change_product")


def report_hidden_variants(
    model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, hidden: Sequence[Variant]
) -> None:
    """Tell staff which variants were hidden instead of deleted."""
    if not hidden:
        return
    text = ngettext(
        "%(titles)s was ordered before, so it's off sale instead of deleted.",
        "%(titles)s were ordered before, so they're off sale instead of deleted.",
        len(hidden),
    )
    titles = ", ".join(variant.title or str(variant) for variant in hidden[:10])
    model_admin.message_user(request, text % {"titles": titles}, messages.WARNING)
