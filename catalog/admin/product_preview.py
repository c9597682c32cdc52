"""A product's page as shoppers will see it, for staff, also while the product is off sale."""

from functools import partial
from typing import TypeAlias

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path

from catalog.category_tree import load_breadcrumbs
from catalog.models import Product
from catalog.page_choices import PageChoices
from catalog.product_page import build_product_page
from catalog.selectors import preview_product_listing
from catalog.structured_data import build_product_page_metadata
from stores.errors import Problem
from stores.middleware import load_shop

ModelAdmin: TypeAlias = "admin.ModelAdmin[Product]"


def make_preview_urls(model_admin: ModelAdmin) -> list[URLPattern]:
    """Return the address of the preview."""
    view = model_admin.admin_site.admin_view(partial(preview_product_view, model_admin))
    return [path("<path:object_id>/preview/", view, name="catalog_product_preview")]


def preview_product_view(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Show the product's page. Nobody can buy from it, and neither caches nor search engines keep it."""
    product = get_object_or_404(Product.objects.select_related("store"), pk=unquote(object_id))
    if not model_admin.has_view_or_change_permission(request, product):
        raise PermissionDenied
    store = load_shop(host=product.store.host)
    product.store = request.store = store  # type: ignore[attr-defined]
    try:
        page = build_product_page(
            preview_product_listing(product=product), PageChoices(variant_id=request.GET.get("variant", ""))
        )
        context = {
            "product_page": page,
            "carried": {},
            "about": build_product_page_metadata(page, address=store.origin + product.get_absolute_url()),
            "path": load_breadcrumbs(product),
            "is_preview": True,
            "preview_of": product,
        }
        response = render(request, "catalog/product_page.html", context)
    except Problem as problem:
        response = HttpResponse(problem.message, content_type="text/plain; charset=utf-8")
    response["X-Robots-Tag"] = "noindex, nofollow"
    response.csp = {"form-action": ["'none'"]}  # type: ignore[attr-defined]
    return response
