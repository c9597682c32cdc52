"""A store's page in the admin, with what it still needs before it sells."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from checkout.onboarding import ONBOARDING_ACTIONS, list_onboarding_steps, run_onboarding_step
from nextcommerce.errors import NextApiError
from stores.admin import StoreAdmin
from stores.models import Store


class StoreOnboardingAdmin(StoreAdmin):
    """The steps are buttons; whoever adds a store comes to them next."""

    def get_urls(self) -> list[URLPattern]:
        wrapped_view = self.admin_site.admin_view(self.run_step_view)
        return [
            path("<int:pk>/<slug:code>/take/", wrapped_view, name="stores_store_onboarding_step"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        store = self.get_object(request, object_id)
        extra = (
            {"steps": list_onboarding_steps(store)}
            if store and self.has_change_permission(request, store)
            else {}
        )
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def response_add(
        self, request: HttpRequest, obj: Store, post_url_continue: str | None = None
    ) -> HttpResponse:
        if "_addanother" not in request.POST and IS_POPUP_VAR not in request.POST:
            return redirect("admin:stores_store_change", obj.pk)
        return super().response_add(request, obj, post_url_continue)

    def run_step_view(self, request: HttpRequest, pk: int, code: str) -> HttpResponse:
        """Do a step and say what came of it."""
        store = get_object_or_404(Store, pk=pk)
        if not self.has_change_permission(request, store):
            raise PermissionDenied
        if code not in ONBOARDING_ACTIONS:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            for words in run_onboarding_step(store=store, code=code):
                messages.info(request, words)
        except NextApiError as error:
            messages.error(request, _("The store could not be asked: %(why)s") % {"why": error.message})
        return redirect("admin:stores_store_change", pk)
