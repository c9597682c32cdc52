"""The search for variants in the forms of other pages."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from catalog.models import Product, Variant
from catalog.search import find_variants
from stores.admin_changelists import LargeTableAdmin, take_found_rows
from stores.models import Store


@admin.register(Variant)
class VariantAdmin(LargeTableAdmin):
    """Not a page of its own: registered so that the add-on field can search variants."""

    search_fields = ("sku",)  # Django requires some; see `get_search_results`
    list_select_related = ("product",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Variant], search_term: str
    ) -> tuple[QuerySet[Variant], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        return take_found_rows(request, find_variants(queryset, text)), False

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead to the variant's product, because the field links to this page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        variant = get_object_or_404(Variant, pk=unquote(object_id))
        url = reverse("admin:catalog_product_change", args=[quote(variant.product_id)])
        return redirect(f"{url}?{request.GET.urlencode()}")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Variant | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Variant | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        """Active variants in one store's currency: of the product `add_on_for` (X10), or `sold_by`."""
        variants = super().get_queryset(request).filter(active=True, product__active=True)
        variants = variants.select_related("product").prefetch_related("values")
        add_on_for = Product.objects.filter(pk=request.GET.get("add_on_for", "")).first()
        store = Store.objects.filter(slug=request.GET.get("sold_by", "")).first()
        if add_on_for is not None:
            variants = variants.filter(
                product__store=add_on_for.store_id, product__default_currency=add_on_for.default_currency
            )
        elif store is not None:
            variants = variants.filter(product__store=store, product__default_currency=store.currency)
        else:
            return variants.none()
        return variants.order_by("product__name", "position", "pk")
