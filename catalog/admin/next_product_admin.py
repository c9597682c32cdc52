"""What the product pages of the admin have of NEXT Commerce: the import, and what both sides changed."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from catalog.admin.product_differences import decide_difference_view
from catalog.admin.product_import import choose_store_view, product_import_view
from catalog.differences import list_differences


class NextProductAdmin(admin.ModelAdmin):
    """A mixin for the admin of products."""

    change_form_template = "admin/catalog/product/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        decide_url = path(
            "<path:object_id>/difference/",
            wrap(partial(decide_difference_view, self)),
            name="catalog_product_difference",
        )
        import_url = path("next-import/", wrap(self.next_import_view), name="catalog_product_next_import")
        store_url = path(
            "next-import/<int:store_id>/",
            wrap(partial(product_import_view, self)),
            name="catalog_product_store_import",
        )
        return [import_url, store_url, decide_url, *super().get_urls()]

    def next_import_view(self, request: HttpRequest) -> HttpResponse:
        return choose_store_view(request, self.admin_site.each_context(request))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        product = self.get_object(request, unquote(object_id))
        context: dict[str, Any] = {}
        if product is not None:
            context["differences"] = list_differences(product)
            context["may_decide"] = self.has_change_permission(request, product)
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))
