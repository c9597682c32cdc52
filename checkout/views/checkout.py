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
from checkout.buyer import Details
from checkout.checkout_session import find_done, mark_posted, open_checkout
from checkout.checkout_urls import form_targets, likely_country
from checkout.forms import CheckoutForm
from checkout.models import PaymentIntent
from checkout.payments.place_order import AlreadyPaid
from checkout.payments.receiver import payment_page
from checkout.payments.start import start
from checkout.quote import Quote, quote
from checkout.selection import Choice
from checkout.selection_query import names_a_choice, read_attribution, read_choice
from orders.models import Order
from stores.decorators import keep_origin, private_page
from stores.errors import Problem
from stores.http import ShopRequest
from stores.money import show_money
from stores.rate_limits import limit_posts
from stores.responses import SeeOther

# What was typed, kept in the session for the next time.
DETAILS = "details"


@dataclass(frozen=True)
class Purchase:
    """What this request is about: the choice, its key, and its order if there is one already."""

    choice: Choice
    key: str
    order: Order | None


@private_page
@limit_posts("checkout")
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: ShopRequest) -> HttpResponse:
    """Contact, address, delivery, every cost; a POST begins the payment and leads on to Link (303).

    Errors: those of `read_choice`, as a page.
    """
    if request.method == "POST":
        paid = find_done(session=request.session, store=request.store, key=request.POST.get("key", ""))
        if paid is not None:
            return already_paid(request, paid)
    purchase = find_purchase(request)
    if purchase is None:
        return redirect("checkout:bag")
    wants_to_pay = request.method == "POST" and "update" not in request.POST
    form = make_form(request, purchase.choice, checked=wants_to_pay)
    if request.method == "POST":
        request.session[DETAILS] = form.kept()
    if wants_to_pay and form.is_valid():
        return pay(request, form, purchase)
    return show(request, form, purchase)


def find_purchase(request: ShopRequest) -> Purchase | None:
    """Return what the address chooses, or what is in the bag; None where the bag must be seen to first."""
    session, store = request.session, request.store
    query = request.GET.urlencode()
    if names_a_choice(request.GET):
        choice = read_choice(store=store, query=request.GET)
        key, order = open_checkout(session=session, store=store, source=choice.source, query=query)
        return Purchase(choice, key, order)
    if not cart.count(session):
        return None
    key, order = open_checkout(session=session, store=store, source="bag", query=query)
    held = cart.read_bag(session=session, store=store, order_id=order.pk if order else "")
    if held.vanished or not held.is_sound:
        return None
    return Purchase(held.as_choice(attribution=read_attribution(request.GET)), key, order)


def make_form(request: ShopRequest, choice: Choice, *, checked: bool) -> CheckoutForm:
    """Return the form with what was typed, now or the last time."""
    initial = {
        "country": likely_country(request),
        "email": choice.link.prefilled_email if choice.link else "",
        **{name: value for name, value in request.session.get(DETAILS, {}).items() if value},
        **({name: request.POST[name] for name in request.POST} if request.method == "POST" else {}),
    }
    data = request.POST if checked else None
    form = CheckoutForm(data, store=request.store, choice=choice, initial=initial)
    if choice.needs_shipping and not form.all_methods and shipping_methods.refresh_once(store=request.store):
        form = CheckoutForm(data, store=request.store, choice=choice, initial=initial)
    return form


def pay(request: ShopRequest, form: CheckoutForm, purchase: Purchase) -> HttpResponse:
    """Begin the payment and send the shopper on; or show the form again, saying why not."""
    try:
        quoted = make_quote(request, form, purchase.choice)
        if differs_from_shown(request, quoted):
            form.add_error(
                None,
                _("The total is now %(total)s. Please look at it once more, then confirm.")
                % {"total": show_money(quoted.total, quoted.currency)},
            )
            return show(request, form, purchase)
        channel = token_session.channel_for(session=request.session, source=purchase.choice.source)
        details = replace(form.details(request), channel=channel)
        mark_posted(session=request.session, key=purchase.key)
        intent = start(
            store=request.store,
            choice=purchase.choice,
            quote=quoted,
            details=details,
            checkout_key=purchase.key,
            fingerprint=fingerprint(choice=purchase.choice, details=details, quoted=quoted),
            order=purchase.order,
        )
    except AlreadyPaid as already:
        return already_paid(request, already.order)
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, problem.message)
        return show(request, form, purchase, status=problem.status)
    if intent.status == PaymentIntent.Status.REDIRECTED:
        return SeeOther(intent.payment_complete_url)
    if intent.status == PaymentIntent.Status.DECLINED:
        form.add_error(None, intent.message)
        return show(request, form, purchase)
    return SeeOther(payment_page(intent))


def make_quote(request: ShopRequest, form: CheckoutForm, choice: Choice) -> Quote:
    """Price the choice for the country and delivery of the form."""
    return quote(
        store=request.store,
        choice=choice,
        country=form.country_code,
        shipping_code=form.shipping_code,
        methods=form.methods,
    )


def differs_from_shown(request: ShopRequest, quoted: Quote) -> bool:
    """True where the page showed another total than what would be paid: a price changed, or the delivery."""
    shown = request.POST.get("total", "")
    return bool(shown) and shown != str(quoted.total)


def fingerprint(*, choice: Choice, details: Details, quoted: Quote) -> str:
    """Hash everything posted that matters: the same twice is the same attempt (S20)."""
    posted = {
        "lines": [
            (line.variant.pk, line.quantity, line.plan.pk if line.plan else "", line.custom_text)
            for line in choice.lines
        ],
        "details": asdict(details) | {"ip": "", "user_agent": ""},
        "shipping": quoted.shipping_method.code if quoted.shipping_method else "",
        "total": str(quoted.total),
    }
    return hashlib.sha256(json.dumps(posted, sort_keys=True).encode()).hexdigest()


def show(request: ShopRequest, form: CheckoutForm, purchase: Purchase, *, status: int = 200) -> HttpResponse:
    """The page itself. Its form may lead to the host of any store, which no other page's may."""
    try:
        quoted = make_quote(request, form, purchase.choice)
    except Problem:
        # Nothing goes to this country: the form says so, the summary shows the goods alone.
        quoted = quote(store=request.store, choice=purchase.choice, country="")
    prefetch_related_objects([line.variant for line in purchase.choice.lines], "product__media")
    held = cart.held_by(purchase.order.pk if purchase.order else "")
    context = {
        "form": form.focus_first_error(),
        "purchase": purchase,
        "quote": quoted,
        "deliveries": [
            (method, method.price(request.store.currency) or Decimal(0)) for method in form.methods
        ],
        "shortages": [
            text
            for line in purchase.choice.lines
            if (text := cart.shortage(line, cart.left_for(line.variant, held)))
        ],
        "shown_address": form.address_fields(),
    }
    response = render(request, "checkout/checkout.html", context, status=status)
    response.csp = {"form-action": form_targets()}  # type: ignore[attr-defined]
    return keep_origin(response)


def already_paid(request: ShopRequest, order: Order) -> HttpResponse:
    """An old form of a purchase that was paid meanwhile: to the order, or buy again."""
    query = request.GET.urlencode()
    return render(request, "checkout/already_paid.html", {"order": order, "query": query}, status=409)
