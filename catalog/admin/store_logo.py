"""The page of a store's logo, and the panel that leads there."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from catalog.sentences import LOGO_CHANGED, LOGO_REMOVED
from catalog.store_logo import remove_store_logo, save_store_logo
from stores.admin import StoreAdmin
from stores.errors import Problem
from stores.extendable_admin import AdminPanel
from stores.models import Store


class LogoForm(forms.Form):
    """A logo file and its alternative text."""

    file = forms.FileField(
        label=gettext_lazy("Picture"),
        help_text=gettext_lazy(
            "A PNG with a transparent background looks best. JPEG, WebP, AVIF, and HEIC work too. "
            "It is shown up to 320 × 120 pixels."
        ),
    )
    alt_text = forms.CharField(
        label=gettext_lazy("Alternative text"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Read aloud, and shown where pictures are off. Blank: the store's name."),
    )

    def __init__(self, store: Store, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, initial={"alt_text": store.logo_alt_text})
        self.fields["file"].required = not store.logo
        self.fields["file"].widget.attrs["accept"] = "image/*"


def store_logo_view(model_admin: "admin.ModelAdmin[Store]", request: HttpRequest, pk: int) -> HttpResponse:
    """Show the logo. On POST, save or remove it."""
    store = get_object_or_404(Store, pk=pk)
    if not model_admin.has_change_permission(request, store):
        raise PermissionDenied
    form = LogoForm(store, request.POST or None, request.FILES or None)
    if request.method == "POST" and _act(request, store, form):
        return redirect("admin:stores_store_logo", pk)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Logo"),
        "subtitle": store.name,
        "opts": model_admin.opts,
        "store": store,
        "form": form,
    }
    return TemplateResponse(request, "admin/catalog/store_logo.html", context)


def _act(request: HttpRequest, store: Store, form: LogoForm) -> bool:
    """Do what was asked. Return False, with the reason on the form, if that isn't possible."""
    if "remove" in request.POST:
        remove_store_logo(store=store)
        log_staff_act(actor=request.user, row=store, text=LOGO_REMOVED.fill())
        messages.success(request, _("Logo removed. The shop shows its name."))
        return True
    if not form.is_valid():
        return False
    try:
        save_store_logo(
            store=store, file=form.cleaned_data["file"] or None, alt_text=form.cleaned_data["alt_text"]
        )
    except Problem as problem:
        form.add_error("file", problem.message)
        return False
    log_staff_act(actor=request.user, row=store, text=LOGO_CHANGED.fill())
    messages.success(request, _("Logo saved."))
    return True


def build_logo_panel(
    model_admin: "admin.ModelAdmin[Store]", request: HttpRequest, store: Store
) -> list[AdminPanel]:
    """Return the panel that shows the logo, and leads to its page."""
    if not model_admin.has_change_permission(request, store):
        return []
    return [AdminPanel("steps", "admin/catalog/store_logo_panel.html")]


StoreAdmin.register_panels(build_logo_panel)
StoreAdmin.register_view("<int:pk>/logo/", store_logo_view, name="stores_store_logo")
