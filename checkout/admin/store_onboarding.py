"""The setup page of a store, which is its health page later, and the panel that leads there."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.staff_log import log_staff_act
from checkout.onboarding import (
    OnboardingCode,
    list_onboarding_steps,
    run_onboarding_step,
    set_up_new_store,
)
from checkout.onboarding.actions import ONBOARDING_ACTIONS, send_test_email
from checkout.onboarding.findings import CheckedStore, StepState
from checkout.onboarding.forms import EmailForm
from checkout.onboarding.sale_checks import schedule_store_check
from checkout.onboarding.selling_checks import find_test_purchase_url
from checkout.onboarding.steps import STEP_KINDS
from checkout.sentences import SETUP_STEP_RUN, SETUP_STEP_SAVED
from nextcommerce.errors import NextApiError
from stores.admin import StoreAdmin
from stores.extendable_admin import AdminPanel
from stores.models import Store, StoreHealth
from stores.page_cache import clear_page_cache
from wording.sentence import Label

Forms = dict[str, Any]


def build_onboarding_panel(
    model_admin: "admin.ModelAdmin[Store]", request: HttpRequest, store: Store
) -> list[AdminPanel]:
    """Return the panel that says how far the setup is, and leads to it."""
    context = {"setup_steps": list_onboarding_steps(store)}
    return [AdminPanel("steps", "admin/checkout/store_onboarding.html", context)]


def setup_view(
    model_admin: "admin.ModelAdmin[Store]", request: HttpRequest, pk: int, forms: Forms | None = None
) -> HttpResponse:
    """Show each step, what is wrong, and the button that fixes it. Calls nobody."""
    store = get_object_or_404(Store, pk=pk)
    if not model_admin.has_view_permission(request, store):
        raise PermissionDenied
    email = EmailForm(CheckedStore(store), address=request.user.email)  # type: ignore[union-attr]
    steps = list_onboarding_steps(store, {OnboardingCode.EMAIL: email} | (forms or {}))
    open_steps = [step for step in steps if not step.is_done]
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Set up %(store)s") % {"store": store.name},
        "opts": model_admin.opts,
        "store": store,
        "health": StoreHealth.find(store),
        "steps": steps,
        "open_codes": set(forms or {}),
        "done_count": len(steps) - len(open_steps),
        "problem_count": sum(step.finding.state is StepState.PROBLEM for step in steps),
        "purchase_url": find_test_purchase_url(store),
        "may_change": model_admin.has_change_permission(request, store),
    }
    return TemplateResponse(request, "admin/checkout/store_setup.html", context)


def onboarding_step_view(
    model_admin: "admin.ModelAdmin[Store]", request: HttpRequest, pk: int, code: str
) -> HttpResponse:
    """Save a step's form or run its action, and lead back to the page."""
    store = get_object_or_404(Store, pk=pk)
    if not model_admin.has_change_permission(request, store):
        raise PermissionDenied
    if code not in STEP_KINDS:
        raise Http404
    if request.method != "POST":
        return redirect("admin:stores_store_setup", pk)
    if "save" in request.POST and STEP_KINDS[OnboardingCode(code)].form:
        return _save_step(model_admin, request, store, OnboardingCode(code))
    if code in ONBOARDING_ACTIONS:
        log_staff_act(actor=request.user, row=store, text=SETUP_STEP_RUN.fill(step=_label_step(code)))
        _run_step(request, store, code)
    return _return_to_step(store, code)


def _run_step(request: HttpRequest, store: Store, code: str) -> None:
    try:
        for text in run_onboarding_step(store=store, code=code):
            messages.info(request, text)
    except NextApiError as error:
        messages.error(request, _("NEXT Commerce couldn't be reached: %(why)s") % {"why": error.message})


def _save_step(
    model_admin: "admin.ModelAdmin[Store]", request: HttpRequest, store: Store, code: OnboardingCode
) -> HttpResponse:
    form = STEP_KINDS[code].form(CheckedStore(store), request.POST)
    if not form.is_valid():
        return setup_view(model_admin, request, store.pk, {code: form})
    log_staff_act(actor=request.user, row=store, text=SETUP_STEP_SAVED.fill(step=_label_step(code)))
    if code == OnboardingCode.EMAIL:
        send_test_email(store=store, address=form.cleaned_data["email"])
        return _return_to_step(store, code)
    form.save()
    if code == OnboardingCode.TAX:
        StoreHealth.record(store, tax_chosen_at=timezone.now())
    clear_page_cache(host=store.host)
    schedule_store_check(store=store)
    return _return_to_step(store, code)


def _label_step(code: str) -> Label:
    return Label.of(STEP_KINDS[OnboardingCode(code)].title)


def _return_to_step(store: Store, code: str) -> HttpResponse:
    address = redirect("admin:stores_store_setup", store.pk)["Location"]
    return redirect(f"{address}#step-{code}")


def _set_up_connected_store(request: HttpRequest, store: Store) -> None:
    for failure in set_up_new_store(store=store):
        messages.warning(request, failure)


StoreAdmin.register_panels(build_onboarding_panel)
StoreAdmin.register_connect_hook(_set_up_connected_store)
StoreAdmin.register_view("<int:pk>/setup/", setup_view, name="stores_store_setup")
StoreAdmin.register_view(
    "<int:pk>/setup/<slug:code>/", onboarding_step_view, name="stores_store_onboarding_step"
)
