"""The checkout form with what the shopper typed, now or on an earlier visit. The session keeps it."""

from collections.abc import Mapping

from django.contrib.sessions.backends.base import SessionBase

from checkout import addresses, payment_choice, shipping_methods
from checkout.forms import CheckoutForm
from checkout.selection import Selection
from stores.email_domains import suggest_email
from stores.http import ShopRequest
from stores.typed_text import clean_email

FORM_SESSION_KEY = "buyer"
# Fields that any checkout may ask for.
TYPED_DETAILS = frozenset(
    ("email", "phone", "name", "country", "line1", "line2", "city_area", "city", "state", "postal_code")
)
CHECKBOXES = ("accepts_marketing", "bills_elsewhere", "early_start", "wants_reminder")


def remember_typed_values(session: SessionBase, values: Mapping[str, str]) -> None:
    """Keep what was typed for the next visit in this browser."""
    session[FORM_SESSION_KEY] = dict(values)


def build_checkout_form(request: ShopRequest, selection: Selection, *, checked: bool) -> CheckoutForm:
    """Return the form, prefilled with what the shopper typed now or last time. Validates if `checked`."""
    initial = collect_initial_values(request, selection)
    data = request.POST if checked else None
    form = CheckoutForm(data, store=request.store, selection=selection, initial=initial)
    if (
        selection.needs_shipping
        and not form.all_methods
        and shipping_methods.refresh_shipping_methods_once(store=request.store)
    ):
        form = CheckoutForm(data, store=request.store, selection=selection, initial=initial)
    return form


def collect_initial_values(request: ShopRequest, selection: Selection) -> dict[str, str]:
    """Return what to fill in: what was posted, or else typed last time, or else what is likely."""
    remembered: dict[str, str] = request.session.get(FORM_SESSION_KEY, {})
    likely = {
        "country": addresses.guess_country(request),
        "email": selection.link.prefilled_email if selection.link else "",
    }
    initial = likely | {name: value for name, value in remembered.items() if value}
    initial |= payment_choice.read_suggestion(request.GET)
    if request.method != "POST":
        return initial
    for name in CHECKBOXES:
        initial.pop(name, None)  # a form doesn't send a box that isn't ticked
    initial |= request.POST.dict()
    if request.POST.get("update") == "email":  # takes the address that we suggested
        initial["email"] = suggest_email(clean_email(initial["email"])) or initial["email"]
    return initial
