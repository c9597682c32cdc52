"""What NEXT Commerce stopped listing, on the store's page: staff hide it or keep it."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect

from accounts.staff_log import log_staff_act
from catalog.missing_products import hide_missing_products, keep_missing_products, list_missing_products
from catalog.sentences import MISSING_HIDDEN, MISSING_KEPT
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
        text = MISSING_HIDDEN.fill(count=count)
    else:
        count = len(keep_missing_products(store=store).names)
        text = MISSING_KEPT.fill(count=count)
    log_staff_act(actor=request.user, row=store, text=text)
    messages.success(request, str(text))
    return redirect("admin:stores_store_change", pk)


def _may_decide(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("catalog.change_product"))


StoreAdmin.register_panels(build_missing_products_panel)
StoreAdmin.register_view(
    "<int:pk>/missing-products/", decide_missing_products_view, name="stores_store_missing_products"
)
