"""The control pages: the list of stores, and each store's switches and clock."""

import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from sandbox import clock
from sandbox.catalog import JsonObject
from sandbox.discount_settings import DiscountSettingsSerializer
from sandbox.models import Order, Store, exclusive_transaction
from sandbox.order_service import settle_pending_order
from sandbox.payment_methods import LISTED_METHODS, get_method_label
from sandbox.sample_catalog import PICTURE_SIZE, draw_sample_picture
from sandbox.switches import (
    PAYMENT_STATUSES,
    RenewalOutcome,
    ReturnMode,
    UpsellOutcome,
    WebhookMode,
    merge_switches,
)
from sandbox.tax_settings import TaxSettingsSerializer, validate_settings

CHOICE_SWITCHES = {
    "return_mode": ("How shoppers return", tuple(ReturnMode)),
    "payment_status": ("Payment status of a paid order", PAYMENT_STATUSES),
    "upsells": ("Upsell charges", tuple(UpsellOutcome)),
    "next_payment": ("Renewal charges", tuple(RenewalOutcome)),
}
FLAG_SWITCHES = {
    "debits_settle_later": "SEPA payments are pending until they are settled",
    "is_test": "Payments create test orders, without charges",
    "supports_post_purchase_upsells": "New orders support upsells",
    "strip_tags": "Drop the tags of orders",
    "strip_attribution": "Drop the attribution of orders",
    "null_objects": "Send null in place of empty objects",
}
NUMBER_SWITCHES = {
    "return_delay": "Delay of a late return, in seconds",
    "duplicate_window_seconds": "Refuse duplicate orders for, in seconds (0 is off)",
}
# Settings that the store's page shows as JSON.
SETTINGS: dict[str, type[serializers.Serializer[Any]]] = {
    "taxes": TaxSettingsSerializer,
    "discounts": DiscountSettingsSerializer,
}
# In days. 31 days include at least one renewal of a monthly subscription.
CLOCK_STEPS = {"day": 1, "week": 7, "month": 31}


@require_GET
def serve_asset(request: HttpRequest, name: str) -> FileResponse:
    return FileResponse((settings.BASE_DIR / "assets" / name).open("rb"))


@require_GET
def serve_sample_picture(request: HttpRequest, number: int) -> HttpResponse:
    """Return a picture of its own for each number, `?size=` pixels wide."""
    wanted = request.GET.get("size", "")
    size = min(max(int(wanted), 1), 4000) if wanted.isdecimal() else PICTURE_SIZE
    return HttpResponse(draw_sample_picture(number, size), content_type="image/jpeg")


@require_GET
def store_list_page(request: HttpRequest) -> HttpResponse:
    return render(request, "sandbox/index.html", {"stores": Store.objects.order_by("name")})


@require_http_methods(["GET", "POST"])
def store_page(request: HttpRequest, name: str) -> HttpResponse:
    store = get_object_or_404(Store, name=name)
    error = ""
    if request.method == "POST":
        try:
            with exclusive_transaction():
                store.refresh_from_db()
                store.switches = merge_switches(store.switches, _read_switches_form(request))
                store.save(update_fields=["switches"])
            return redirect("store-page", name=store.name)
        except json.JSONDecodeError as invalid:
            error = f"Planned faults must be JSON: {invalid}."
        except ValidationError as invalid:
            error = f"Check the switches: {json.dumps(invalid.detail)}"
    return _render_store_page(request, store, error)


@require_POST
def save_settings_page(request: HttpRequest, name: str) -> HttpResponse:
    """Replace the store's taxes and discounts with the JSON of the form."""
    store = get_object_or_404(Store, name=name)
    try:
        changes = {
            field: validate_settings(serializer, json.loads(request.POST.get(field) or "{}"))
            for field, serializer in SETTINGS.items()
        }
    except json.JSONDecodeError as invalid:
        return _render_store_page(request, store, f"Taxes and discounts must be JSON: {invalid}.")
    except ValidationError as invalid:
        return _render_store_page(request, store, f"Check the settings: {json.dumps(invalid.detail)}")
    with exclusive_transaction():
        Store.objects.filter(pk=store.pk).update(**changes)
    return redirect("store-page", name=store.name)


def _render_store_page(request: HttpRequest, store: Store, error: str) -> HttpResponse:
    page = render(
        request,
        "sandbox/store.html",
        {
            "store": store,
            "now": store.now().astimezone(store.zone),
            "choices": [
                (key, label, options, store.switches[key])
                for key, (label, options) in CHOICE_SWITCHES.items()
            ],
            "flags": [(key, label, store.switches[key]) for key, label in FLAG_SWITCHES.items()],
            "numbers": [(key, label, store.switches[key]) for key, label in NUMBER_SWITCHES.items()],
            "webhook_modes": tuple(WebhookMode),
            "webhooks": store.switches["webhooks"],
            "faults": json.dumps(store.switches["faults"], indent=2),
            "settings": [(field, json.dumps(getattr(store, field), indent=2)) for field in SETTINGS],
            "methods": [
                (
                    code,
                    get_method_label(code),
                    code in (store.catalog.get("payment_methods") or LISTED_METHODS),
                )
                for code in LISTED_METHODS
            ],
            "orders": store.orders.order_by("-id")[:20],
            "subscriptions": store.subscriptions.order_by("-id")[:20],
            "steps": list(CLOCK_STEPS),
            "error": error,
        },
    )
    if error:
        page.status_code = HTTPStatus.BAD_REQUEST
    return page


@require_POST
def save_payment_methods_page(request: HttpRequest, name: str) -> HttpResponse:
    """Turn on the ticked payment methods. With none or all ticked, the store takes all."""
    store = get_object_or_404(Store, name=name)
    ticked = [code for code in LISTED_METHODS if code in request.POST.getlist("methods")]
    with exclusive_transaction():
        store.refresh_from_db()
        store.catalog["payment_methods"] = [] if len(ticked) == len(LISTED_METHODS) else ticked
        store.save(update_fields=["catalog"])
    return redirect("store-page", name=store.name)


@require_POST
def settle_order_page(request: HttpRequest, name: str, number: str) -> HttpResponse:
    """Let the bank pay a pending order."""
    order = get_object_or_404(Order.objects.select_related("store"), store__name=name, number=number)
    settle_pending_order(order=order)
    return redirect("store-page", name=name)


@require_POST
def advance_clock_page(request: HttpRequest, name: str) -> HttpResponse:
    """Move the clock by a day, a week or a month, running the renewals on the way."""
    store = get_object_or_404(Store, name=name)
    days = CLOCK_STEPS.get(request.POST.get("step", ""), 0)
    clock.advance_clock(store=store, to=store.now() + timedelta(days=days))
    return redirect("store-page", name=store.name)


def _read_switches_form(request: HttpRequest) -> JsonObject:
    """Return the switches in the form. An unchecked box is absent, which means false."""
    form = request.POST
    changes: JsonObject = {key: form[key] for key in (*CHOICE_SWITCHES, *NUMBER_SWITCHES) if key in form}
    changes.update({key: key in form for key in FLAG_SWITCHES})
    changes["faults"] = json.loads(form.get("faults") or "[]")
    changes["webhooks"] = {
        "enabled": "webhooks.enabled" in form,
        "mode": form.get("webhooks.mode", WebhookMode.NORMAL),
        "delay": form.get("webhooks.delay") or 0,
    }
    return changes
