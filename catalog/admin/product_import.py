"""The page that imports a store's products from NEXT Commerce, and shows how far the import is."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.staff_log import log_staff_act
from catalog import sentences
from catalog.import_progress import load_import_progress
from catalog.models import Product
from catalog.picture_download import retry_pictures, show_without_pictures
from catalog.product_sync import request_product_sync
from stores.models import Store

MAX_NOTES = 100
MAX_NAMES = 20


def product_import_view(
    model_admin: "admin.ModelAdmin[Product]", request: HttpRequest, store_id: int
) -> HttpResponse:
    """Show the import of the store's products. On POST, start it, or decide what it leaves to staff."""
    if not request.user.has_perm("catalog.view_product"):
        raise PermissionDenied
    store = get_object_or_404(Store, pk=store_id)
    if request.method == "POST":
        if not may_import(request):
            raise PermissionDenied
        _act(request, store)
        return redirect("admin:catalog_product_store_import", store_id)
    progress = load_import_progress(store)
    notes = list(progress.sync.notes.all()) if progress.sync else []
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": _("Import products"),
        "subtitle": store.name,
        "opts": Product._meta,
        "store": store,
        "progress": progress,
        "notes": notes[:MAX_NOTES],
        "more_notes": max(len(notes) - MAX_NOTES, 0),
        "waiting": progress.waiting[:MAX_NAMES],
        "more_waiting": max(progress.waiting.count() - MAX_NAMES, 0),
        "may_import": may_import(request),
    }
    response = TemplateResponse(request, "admin/catalog/product_import.html", context)
    response["Cache-Control"] = "no-store"
    return response


def choose_store_view(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Lead to the import of the store that staff work in; of several, let them choose."""
    if not request.user.has_perm("catalog.view_product"):
        raise PermissionDenied
    stores = list(Store.objects.order_by("name"))
    chosen = getattr(context.get("staff_stores"), "chosen", None)
    if chosen is not None or len(stores) == 1:
        return redirect("admin:catalog_product_store_import", (chosen or stores[0]).pk)
    context |= {"title": _("Import products"), "opts": Product._meta, "stores": stores}
    return TemplateResponse(request, "admin/catalog/product_import_stores.html", context)


def may_import(request: HttpRequest) -> bool:
    """Return True for staff who may add and change products."""
    return request.user.has_perms(["catalog.add_product", "catalog.change_product"])


def _act(request: HttpRequest, store: Store) -> None:
    action = request.POST.get("action")
    if action == "start":
        assert isinstance(request.user, User)
        request_product_sync(store=store, user=request.user)
        text = sentences.IMPORT_STARTED.fill()
    elif action == "show":
        count = show_without_pictures(store=store)
        text = sentences.SHOWN_WITHOUT_PICTURES.fill(count=count)
    elif action == "retry":
        count = retry_pictures(store=store)
        text = sentences.PICTURES_RETRIED.fill(count=count)
    else:
        return
    log_staff_act(actor=request.user, text=text, row=store)
    messages.success(request, str(text))
