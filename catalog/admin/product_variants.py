"""The variants of a product in the admin, as a table on the product's page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from catalog.admin.product_variant_forms import VARIANT_COLUMNS, VariantForm, VariantFormSet
from catalog.models import Product, Variant


class VariantInline(admin.TabularInline):
    """A page of the table. The query parameters `variants` and `value` choose the page and a value."""

    model = Variant
    form = VariantForm
    formset = VariantFormSet
    extra = 0
    template = "admin/catalog/product/_variants.html"
    fields = (*VARIANT_COLUMNS, "plan_groups")

    def has_add_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return False  # variants are created from the options

    def get_formset(self, request: HttpRequest, obj: Product | None = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        value = request.GET.get("value", "")
        formset.page_number = request.GET.get("variants", "1")
        is_number = value.isascii() and value.isdecimal() and len(value) < 18
        formset.value_id = int(value) if is_number else None
        return formset
