"""The checkout: one page, one POST."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from decimal import Decimal

from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from checkout import cart, shipping_methods, token_session
from checkout.buyer import Buyer
from checkout.checkout_session import find_completed_order, mark_checkout_posted, open_checkout
from checkout.checkout_urls import form_action_sources, guess_country
from checkout.forms import CheckoutForm
from checkout.models import PaymentIntent
from checkout.payments.payment_return import payment_page_url
from checkout.payments.place_order import AlreadyPaid
from checkout.payments.start import start_payment
from checkout.quote import Quote, calculate_quote
from checkout.selection import Selection
from checkout.selection_query import has_selection, read_attribution, read_selection
from orders.models import Order
from stores.decorators import allow_origin_referrer, private_page
from stores.errors import Problem
from stores.http import ShopRequest
from stores.money import format_money
from stores.rate_limits import limit_posts
from stores.responses import HttpResponseSeeOther

# What was typed, kept in the session for the next time.
FORM_SESSION_KEY = "buyer"


@dataclass(frozen=True)
class Purchase:
    """What this request is about: the selection, its key, and its order if there is one already."""

    selection: Selection
    key: str
    order: Order | None


@private_page
@limit_posts("checkout")
@require_http_methods(["GET", "HEAD", "POST"])
def checkout_view(request: ShopRequest) -> HttpResponse:
    """Contact, address, delivery, every cost; a POST begins the payment and leads on to Link (303).

    Errors: those of `read_choice`, as a page.
    """
    if request.method == "POST":
        paid = find_completed_order(
            session=request.session, store=request.store, key=request.POST.get("key", "")
        )
        if paid is not None:
            return render_already_paid(request, paid)
    purchase = find_purchase(request)
    if purchase is None:
        return redirect("checkout:cart")
    wants_to_pay = request.method == "POST" and "update" not in request.POST
    form = build_checkout_form(request, purchase.selection, checked=wants_to_pay)
    if request.method == "POST":
        request.session[FORM_SESSION_KEY] = form.typed_values()
    if wants_to_pay and form.is_valid():
        return submit_checkout(request, form, purchase)
    return render_checkout(request, form, purchase)


def find_purchase(request: ShopRequest) -> Purchase | None:
    """Return what the address chooses, or what is in the cart; None where the cart must be seen to first."""
    session, store = request.session, request.store
    query = request.GET.urlencode()
    if has_selection(request.GET):
        selection = read_selection(store=store, query=request.GET)
        key, order = open_checkout(session=session, store=store, source=selection.source, query=query)
        return Purchase(selection, key, order)
    if not cart.count_cart_items(session):
        return None
    key, order = open_checkout(session=session, store=store, source="cart", query=query)
    held = cart.read_cart(session=session, store=store, order_id=order.pk if order else "")
    if held.removed_count or not held.can_check_out:
        return None
    return Purchase(held.to_selection(attribution=read_attribution(request.GET)), key, order)


def build_checkout_form(request: ShopRequest, selection: Selection, *, checked: bool) -> CheckoutForm:
    """Return the form with what was typed, now or the last time."""
    initial = {
        "country": guess_country(request),
        "email": selection.link.prefilled_email if selection.link else "",
        **{name: value for name, value in request.session.get(FORM_SESSION_KEY, {}).items() if value},
        **({name: request.POST[name] for name in request.POST} if request.method == "POST" else {}),
    }
    data = request.POST if checked else None
    form = CheckoutForm(data, store=request.store, selection=selection, initial=initial)
    if (
        selection.needs_shipping
        and not form.all_methods
        and shipping_methods.refresh_shipping_methods_once(store=request.store)
    ):
        form = CheckoutForm(data, store=request.store, selection=selection, initial=initial)
    return form


def submit_checkout(request: ShopRequest, form: CheckoutForm, purchase: Purchase) -> HttpResponse:
    """Begin the payment and send the shopper on; or show the form again, saying why not."""
    try:
        quoted = quote_for_form(request, form, purchase.selection)
        if has_total_changed(request, quoted):
            form.add_error(
                None,
                _("The total is now %(total)s. Please look at it once more, then confirm.")
                % {"total": format_money(quoted.total, quoted.currency)},
            )
            return render_checkout(request, form, purchase)
        channel = token_session.find_channel(session=request.session, source=purchase.selection.source)
        buyer = replace(form.build_buyer(request), channel=channel)
        mark_checkout_posted(session=request.session, key=purchase.key)
        intent = start_payment(
            store=request.store,
            selection=purchase.selection,
            quote=quoted,
            buyer=buyer,
            checkout_key=purchase.key,
            fingerprint=compute_fingerprint(selection=purchase.selection, buyer=buyer, quoted=quoted),
            order=purchase.order,
        )
    except AlreadyPaid as already:
        return render_already_paid(request, already.order)
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, problem.message)
        return render_checkout(request, form, purchase, status=problem.status)
    if intent.status == PaymentIntent.Status.REDIRECTED:
        return HttpResponseSeeOther(intent.payment_complete_url)
    if intent.status == PaymentIntent.Status.DECLINED:
        form.add_error(None, intent.message)
        return render_checkout(request, form, purchase)
    return HttpResponseSeeOther(payment_page_url(intent))


def quote_for_form(request: ShopRequest, form: CheckoutForm, selection: Selection) -> Quote:
    """Price the selection for the country and delivery of the form."""
    return calculate_quote(
        store=request.store,
        selection=selection,
        country=form.country_code,
        shipping_code=form.shipping_code,
        methods=form.methods,
    )


def has_total_changed(request: ShopRequest, quoted: Quote) -> bool:
    """True where the page showed another total than what would be paid: a price changed, or the delivery."""
    shown = request.POST.get("total", "")
    return bool(shown) and shown != str(quoted.total)


def compute_fingerprint(*, selection: Selection, buyer: Buyer, quoted: Quote) -> str:
    """Hash everything posted that matters: the same twice is the same attempt (S20)."""
    posted = {
        "lines": [
            (line.variant.pk, line.quantity, line.plan.pk if line.plan else "", line.custom_text)
            for line in selection.lines
        ],
        "buyer": asdict(buyer) | {"ip": "", "user_agent": ""},
        "shipping": quoted.shipping_method.code if quoted.shipping_method else "",
        "total": str(quoted.total),
    }
    return hashlib.sha256(json.dumps(posted, sort_keys=True).encode()).hexdigest()


def render_checkout(
    request: ShopRequest, form: CheckoutForm, purchase: Purchase, *, status: int = 200
) -> HttpResponse:
    """The page itself. Its form may lead to the host of any store, which no other page's may."""
    try:
        quoted = quote_for_form(request, form, purchase.selection)
    except Problem:
        # Nothing goes to this country: the form says so, the summary shows the goods alone.
        quoted = calculate_quote(store=request.store, selection=purchase.selection, country="")
    prefetch_related_objects([line.variant for line in purchase.selection.lines], "product__media")
    held = cart.find_held_quantities(purchase.order.pk if purchase.order else "")
    context = {
        "form": form.focus_first_error(),
        "purchase": purchase,
        "quote": quoted,
        "shipping_options": [
            (method, method.price(request.store.currency) or Decimal(0)) for method in form.methods
        ],
        "shortages": [
            text
            for line in purchase.selection.lines
            if (text := cart.describe_shortage(line, cart.get_available_quantity(line.variant, held)))
        ],
        "address_fields": form.address_fields(),
    }
    response = render(request, "checkout/checkout.html", context, status=status)
    response.csp = {"form-action": form_action_sources()}  # type: ignore[attr-defined]
    return allow_origin_referrer(response)


def render_already_paid(request: ShopRequest, order: Order) -> HttpResponse:
    """An old form of a purchase that was paid meanwhile: to the order, or buy again."""
    query = request.GET.urlencode()
    return render(request, "checkout/already_paid.html", {"order": order, "query": query}, status=409)
