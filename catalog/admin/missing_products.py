"""What NEXT Commerce stopped listing, on the store's page: staff hide it or keep it."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import ngettext

from catalog.missing_products import hide_missing_products, keep_missing_products, list_missing_products
from stores.admin import StoreAdmin
from stores.errors import Conflict
from stores.extendable_admin import AdminPanel
from stores.models import Store

MAX_NAMES = 50


def build_missing_products_panel(
    model_admin: "admin.ModelAdmin[Store]", request: HttpRequest, store: Store
) -> list[AdminPanel]:
    """Return the panel with what waits for staff, if anything does."""
    missing = list_missing_products(store)
    names = missing.names
    if not names or not _may_decide(request):
        return []
    context = {"names": names[:MAX_NAMES], "more": max(len(names) - MAX_NAMES, 0), "digest": missing.digest}
    return [AdminPanel("steps", "admin/catalog/missing_products.html", context)]


def decide_missing_products_view(
    model_admin: "admin.ModelAdmin[Store]", request: HttpRequest, pk: int
) -> HttpResponse:
    """Hide or keep, on POST, what waits for staff."""
    store = get_object_or_404(Store, pk=pk)
    if not _may_decide(request):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if request.POST.get("decision") == "hide":
        try:
            count = len(hide_missing_products(store=store, digest=request.POST.get("digest", "")).names)
        except Conflict as conflict:
            messages.warning(request, conflict.message)
            return redirect("admin:stores_store_change", pk)
        message = ngettext("%(count)d item is off sale.", "%(count)d items are off sale.", count)
    else:
        count = len(keep_missing_products(store=store).names)
        message = ngettext("%(count)d item stays on sale.", "%(count)d items stay on sale.", count)
    model_admin.log_change(request, store, message % {"count": count})
    messages.success(request, message % {"count": count})
    return redirect("admin:stores_store_change", pk)


def _may_decide(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("catalog.change_product"))


StoreAdmin.register_panels(build_missing_products_panel)
StoreAdmin.register_view(
    "<int:pk>/missing-products/", decide_missing_products_view, name="stores_store_missing_products"
)
