"""The setup steps on a store's admin page, each with a button."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from checkout.onboarding import ONBOARDING_ACTIONS, list_onboarding_steps, run_onboarding_step
from nextcommerce.errors import NextApiError
from stores.admin import StoreAdmin
from stores.extendable_admin import AdminPanel
from stores.models import Store


def build_onboarding_panel(
    model_admin: "admin.ModelAdmin[Store]", request: HttpRequest, store: Store
) -> list[AdminPanel]:
    """Return the panel with the setup steps, for staff who may change the store."""
    if not model_admin.has_change_permission(request, store):
        return []
    context = {"steps": list_onboarding_steps(store)}
    return [AdminPanel("steps", "admin/checkout/store_onboarding.html", context)]


def onboarding_step_view(
    model_admin: "admin.ModelAdmin[Store]", request: HttpRequest, pk: int, code: str
) -> HttpResponse:
    """Run a setup step and show the result as messages."""
    store = get_object_or_404(Store, pk=pk)
    if not model_admin.has_change_permission(request, store):
        raise PermissionDenied
    if code not in ONBOARDING_ACTIONS:
        raise Http404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    model_admin.log_change(request, store, _("Setup step “%(step)s” run.") % {"step": code})
    try:
        for text in run_onboarding_step(store=store, code=code):
            messages.info(request, text)
    except NextApiError as error:
        messages.error(request, _("NEXT Commerce couldn't be reached: %(why)s") % {"why": error.message})
    return redirect("admin:stores_store_change", pk)


StoreAdmin.register_panels(build_onboarding_panel)
StoreAdmin.register_view(
    "<int:pk>/<slug:code>/take/", onboarding_step_view, name="stores_store_onboarding_step"
)
