"""The pages for people: the list of stores and each store's switches."""

import json
from http import HTTPStatus

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods
from rest_framework.exceptions import ValidationError

from stores.sandbox.catalogue import Row
from stores.sandbox.models import Store
from stores.sandbox.switches import PAYMENTS, RETURN_MODES, WEBHOOK_MODES, merged
from stores.sandbox.writing import writing

CHOICES = {
    "return_mode": RETURN_MODES,
    "payment_status": ("paid", "authorized", "pending"),
    "upsells": ("accept", "decline"),
    "next_payment": PAYMENTS,
}
FLAGS = ("is_test", "supports_post_purchase_upsells", "strip_tags", "null_objects")
NUMBERS = ("return_delay", "duplicate_window_seconds")


@require_GET
def asset(request: HttpRequest, name: str) -> FileResponse:
    return FileResponse((settings.BASE_DIR / "assets" / name).open("rb"))


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "sandbox/index.html", {"stores": Store.objects.order_by("name")})


@require_http_methods(["GET", "POST"])
def store_page(request: HttpRequest, name: str) -> HttpResponse:
    store = get_object_or_404(Store, name=name)
    error = ""
    if request.method == "POST":
        try:
            with writing():
                store.refresh_from_db()
                store.switches = merged(store.switches, _from_form(request))
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
            "choices": [(key, options, store.switches[key]) for key, options in CHOICES.items()],
            "flags": [(key, store.switches[key]) for key in FLAGS],
            "numbers": [(key, store.switches[key]) for key in NUMBERS],
            "webhook_modes": WEBHOOK_MODES,
            "webhooks": store.switches["webhooks"],
            "faults": json.dumps(store.switches["faults"], indent=2),
            "orders": store.orders.order_by("-id")[:20],
            "error": error,
        },
    )
    if error:
        page.status_code = HTTPStatus.BAD_REQUEST
    return page


def _from_form(request: HttpRequest) -> Row:
    """The form's values; an unticked box is false."""
    given = request.POST
    changes: Row = {key: given[key] for key in (*CHOICES, *NUMBERS) if key in given}
    changes.update({key: key in given for key in FLAGS})
    changes["faults"] = json.loads(given.get("faults") or "[]")
    changes["webhooks"] = {
        "enabled": "webhooks.enabled" in given,
        "mode": given.get("webhooks.mode", "normal"),
        "delay": given.get("webhooks.delay") or 0,
    }
    return changes
