"""The pages for people: the list of stores and each store's switches."""

import json
from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from rest_framework.exceptions import ValidationError

from sandbox import clock
from sandbox.catalog import JsonObject
from sandbox.models import Store
from sandbox.switches import PAYMENT_OUTCOMES, RETURN_MODES, WEBHOOK_MODES, merge_switches
from sandbox.write_lock import exclusive_transaction

CHOICE_SWITCHES = {
    "return_mode": ("How the shopper comes back", RETURN_MODES),
    "payment_status": ("A payment makes the order", ("paid", "authorized", "pending")),
    "upsells": ("An offer's charge meets", ("accept", "decline")),
    "next_payment": ("A renewal's charge meets", PAYMENT_OUTCOMES),
}
FLAG_SWITCHES = {
    "is_test": "Make test orders, without charges",
    "supports_post_purchase_upsells": "Orders can be added to with one click",
    "strip_tags": "Orders lose their tags",
    "strip_attribution": "Orders lose their attribution",
    "null_objects": "Null where the description has an object",
}
NUMBER_SWITCHES = {
    "return_delay": "A late return takes, in seconds",
    "duplicate_window_seconds": "The same goods again are refused for, in seconds",
}
CLOCK_STEPS = {"day": 1, "week": 7, "month": 31}  # what is monthly has come once, at least


@require_GET
def serve_asset(request: HttpRequest, name: str) -> FileResponse:
    return FileResponse((settings.BASE_DIR / "assets" / name).open("rb"))


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
        except (ValidationError, ValueError) as refused:
            error = str(refused)
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
            "webhook_modes": WEBHOOK_MODES,
            "webhooks": store.switches["webhooks"],
            "faults": json.dumps(store.switches["faults"], indent=2),
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
def advance_clock_page(request: HttpRequest, name: str) -> HttpResponse:
    """A day, a week or a month on, with the renewals on the way."""
    store = get_object_or_404(Store, name=name)
    days = CLOCK_STEPS.get(request.POST.get("step", ""), 0)
    clock.advance_clock(store=store, to=store.now() + timedelta(days=days))
    return redirect("store-page", name=store.name)


def _read_switches_form(request: HttpRequest) -> JsonObject:
    """The form's values; an unticked box is false."""
    given = request.POST
    changes: JsonObject = {key: given[key] for key in (*CHOICE_SWITCHES, *NUMBER_SWITCHES) if key in given}
    changes.update({key: key in given for key in FLAG_SWITCHES})
    changes["faults"] = json.loads(given.get("faults") or "[]")
    changes["webhooks"] = {
        "enabled": "webhooks.enabled" in given,
        "mode": given.get("webhooks.mode", "normal"),
        "delay": given.get("webhooks.delay") or 0,
    }
    return changes
