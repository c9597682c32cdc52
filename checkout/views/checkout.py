"""The checkout page: one form whose POST starts the payment."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from catalog.pictures import prefetch_pictures
from checkout import cart, payment_choice, token_session
from checkout.buyer import Buyer
from checkout.checkout_code import (
    NO_CHECKOUT_DISCOUNTS,
    CheckoutDiscounts,
    drop_code,
    read_checkout_discounts,
)
from checkout.checkout_session import (
    find_completed_order,
    make_form_key,
    mark_checkout_posted,
    open_checkout,
)
from checkout.code_carts import release_cart
from checkout.code_check import CodeProblem
from checkout.forms import CheckoutForm
from checkout.models import PaymentIntent
from checkout.payments.payment_return import payment_page_url
from checkout.payments.place_order import AlreadyPaid
from checkout.payments.start import start_payment
from checkout.posted_checkout import forget_posted_checkout, save_posted_checkout
from checkout.quote import Quote, calculate_quote
from checkout.renewals import list_renewal_notices
from checkout.selection import CART_SOURCE, Selection
from checkout.selection_query import build_checkout_url, has_selection, read_attribution, read_selection
from checkout.shown_quote import build_shown_digest, describe_changes
from checkout.typed_checkout import build_checkout_form, remember_typed_values
from checkout.views.open_cart import note_open_cart
from nextcommerce.turns import take_turn
from orders.models import Order
from stores.consumer_law import needs_fixed_order_button
from stores.decorators import allow_origin_referrer, private_page
from stores.errors import Problem
from stores.http import ShopRequest
from stores.languages import is_offered_language, redirect_in_language
from stores.models import Store
from stores.money import is_chargeable
from stores.rate_limits import require_within_limit
from stores.responses import HttpResponseSeeOther


@dataclass(frozen=True)
class Purchase:
    """The selection being checked out, its checkout key, its unpaid order if any, and its discounts."""

    selection: Selection
    key: str
    order: Order | None
    discounts: CheckoutDiscounts = NO_CHECKOUT_DISCOUNTS

    @property
    def form_key(self) -> str:
        return make_form_key(self.key)


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def checkout_view(request: ShopRequest) -> HttpResponse:
    """Show the checkout form with every cost. A POST starts the payment and redirects (303) to its page.

    If many people press Pay at once, it redirects to a page that does so once it is their turn. Raises the
    errors of `read_selection`.
    """
    if request.method != "POST" or not wants_to_pay(request):
        return answer_checkout(request)
    with take_turn() as is_my_turn:
        if is_my_turn:
            forget_posted_checkout(request.session)
            return answer_checkout(request)
    save_posted_checkout(request.session, query=request.GET, form=request.POST)
    return HttpResponseSeeOther(build_checkout_url(request.GET.urlencode(), page="turn"))


def wants_to_pay(request: HttpRequest) -> bool:
    """Return True if the form was posted with its main button."""
    return request.method == "POST" and not {"update", "language"} & request.POST.keys()


def answer_checkout(request: ShopRequest) -> HttpResponse:
    """Show the form, or start the payment that it asks for."""
    if request.method == "POST":
        paid = find_completed_order(
            session=request.session, store=request.store, form_key=request.POST.get("key", "")
        )
        if paid is not None:
            return render_already_paid(request, paid)
    purchase = find_purchase(request)
    if purchase is None:
        return redirect("checkout:cart")
    is_order = wants_to_pay(request)
    form = build_checkout_form(request, purchase.selection, checked=is_order)
    if request.method == "POST":
        remember_typed_values(request.session, form.typed_values())
        note_open_cart(request, form, purchase.selection, key=purchase.key)
        if is_offered_language(language := request.POST.get("language", "")):
            address = build_checkout_url(request.GET.urlencode())
            return redirect_in_language(HttpResponseSeeOther(address), language)
    purchase = add_discounts(request, form, purchase)
    if is_order and form.is_valid():
        if not purchase.discounts.blocks_payment:
            return submit_checkout(request, form, purchase)
        form.add_error(None, purchase.discounts.check.message)
    return render_checkout(request, form, purchase)


def add_discounts(request: ShopRequest, form: CheckoutForm, purchase: Purchase) -> Purchase:
    """Return the purchase with its code and offers. Refuses a code that leaves too little to pay."""
    try:
        found = read_checkout_discounts(request, purchase.selection)
        purchase = replace(purchase, discounts=found)
        if not found.check.is_applied or is_chargeable(found.items_rest, request.store.currency):
            return purchase
        quoted = quote_for_form(request, form, purchase)
    except Problem:
        return purchase  # the quote says so
    misses_shipping = purchase.selection.needs_shipping and not quoted.shipping_method
    # Free shipping leaves nothing to pay if the items are free.
    is_enough = is_chargeable(quoted.total, quoted.currency) and not found.check.is_shipping
    if misses_shipping or is_enough:
        return purchase
    return replace(purchase, discounts=found.refuse_code(CodeProblem.LEAVES_TOO_LITTLE))


def find_purchase(request: ShopRequest) -> Purchase | None:
    """Return the purchase in the query, or the cart's. Returns None if the cart can't be checked out yet."""
    session, store = request.session, request.store
    form_key = request.POST.get("key", "")
    if has_selection(request.GET):
        selection = read_selection(store=store, query=request.GET)
        key, order = open_checkout(session=session, store=store, source=selection.source, form_key=form_key)
        return Purchase(selection, key, order)
    if not cart.count_cart_items(session):
        return None
    key, order = open_checkout(session=session, store=store, source=CART_SOURCE, form_key=form_key)
    current_cart = cart.read_cart(session=session, store=store, order_id=order.pk if order else "")
    if current_cart.removed_count or not current_cart.can_check_out:
        return None
    selection = current_cart.to_selection(attribution=read_attribution(request.GET))
    return Purchase(selection, key, order)


def submit_checkout(request: ShopRequest, form: CheckoutForm, purchase: Purchase) -> HttpResponse:
    """Start the payment and redirect, or show the form again with the reason why not."""
    try:
        quoted = quote_for_form(request, form, purchase)
        changes = describe_changes(quote=quoted, store=request.store, shown=request.POST.get("shown", ""))
        if changes:
            form.add_error(None, changes)
            return render_checkout(request, form, purchase)
        method = payment_choice.require_payment_method(form, quoted)
        # Only what reaches NEXT counts: a refused form or an update of the country costs little.
        require_within_limit(request, "checkout")
        channel = token_session.find_channel(session=request.session, source=purchase.selection.source)
        buyer = replace(form.build_buyer(request), channel=channel, payment_method=method.code)
        mark_checkout_posted(
            session=request.session,
            source=purchase.selection.source,
            key=purchase.key,
            query=payment_choice.drop_suggestion(request.GET),
        )
        intent = start_payment(
            store=request.store,
            selection=purchase.selection,
            quote=quoted,
            buyer=buyer,
            checkout_key=purchase.key,
            fingerprint=compute_fingerprint(
                store=request.store, selection=purchase.selection, buyer=buyer, quoted=quoted
            ),
            order=purchase.order,
        )
    except AlreadyPaid as already:
        return render_already_paid(request, already.order)
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, problem.message)
        response = render_checkout(request, form, purchase, status=problem.status)
        for name, value in problem.headers.items():
            response.headers[name] = value
        return response
    if intent.status == PaymentIntent.Status.DECLINED:
        form.add_error(None, str(intent.message))
        if intent.is_code_refused:
            drop_code(request, purchase.selection)
            purchase = replace(purchase, discounts=purchase.discounts.remove_code())
        return render_checkout(request, form, purchase)
    release_cart(session=request.session, store=request.store)
    if intent.status == PaymentIntent.Status.REDIRECTED:
        return HttpResponseSeeOther(intent.payment_complete_url)
    is_starting = intent.status == PaymentIntent.Status.CREATED
    return HttpResponseSeeOther(payment_page_url(intent, is_starting=is_starting))


def quote_for_form(request: ShopRequest, form: CheckoutForm, purchase: Purchase) -> Quote:
    """Price the selection for the form's country and shipping method, with its discounts."""
    return calculate_quote(
        store=request.store,
        selection=purchase.selection,
        country=form.country_code,
        state=form.state_code,
        shipping_code=form.shipping_code,
        methods=form.methods,
        tax_rules=form.tax_rules,
        discounts=purchase.discounts.discounts,
    )


def compute_fingerprint(*, store: Store, selection: Selection, buyer: Buyer, quoted: Quote) -> str:
    """Hash the submitted details, so that a double click counts as one attempt (S20)."""
    posted = {
        "lines": [
            (line.variant.pk, line.quantity, line.plan.pk if line.plan else "", line.custom_text)
            for line in selection.lines
        ],
        "buyer": asdict(buyer)
        | {"ip": "", "user_agent": "", "consents": [(row["kind"], row["text"]) for row in buyer.consents]},
        "shown": build_shown_digest(quote=quoted, store=store),
    }
    return hashlib.sha256(json.dumps(posted, sort_keys=True).encode()).hexdigest()


def render_checkout(
    request: ShopRequest, form: CheckoutForm, purchase: Purchase, *, status: int = 200
) -> HttpResponse:
    """Render the checkout page. Its CSP lets the form redirect to any NEXT Commerce store."""
    try:
        quoted = quote_for_form(request, form, purchase)
    except Problem:
        # Nothing ships to this country. The form says so, and the summary leaves out shipping.
        quoted = calculate_quote(
            store=request.store,
            selection=purchase.selection,
            country="",
            discounts=purchase.discounts.discounts,
        )
    variants = [line.variant for line in purchase.selection.lines]
    prefetch_related_objects(variants, "values")
    prefetch_pictures(variants)
    held = cart.find_held_quantities(purchase.order.pk if purchase.order else "")
    context = {
        "form": form,
        "purchase": purchase,
        "quote": quoted,
        "payment": payment_choice.build_payment_choice(form, quoted),
        "has_fixed_button": needs_fixed_order_button(store=request.store, country=form.country_code),
        "shown": build_shown_digest(quote=quoted, store=request.store),
        "renewal_notices": list_renewal_notices(quote=quoted, store=request.store),
        "shipping_options": [(method, method.price) for method in form.methods],
        "shortages": [
            text
            for line in purchase.selection.lines
            if (text := cart.describe_shortage(line, cart.get_available_quantity(line.variant, held)))
        ],
        "address_fields": form.address_fields(),
        "checkout_url": build_checkout_url(request.GET.urlencode()),
    }
    response = render(request, "checkout/checkout.html", context, status=status)
    response.csp = {"form-action": form_action_sources()}  # type: ignore[attr-defined]
    return allow_origin_referrer(response)


def form_action_sources() -> list[str]:
    """Return the CSP sources of payment pages: any HTTPS host, and in development a local sandbox."""
    loopback = ["http://localhost:*", "http://127.0.0.1:*"] if settings.NEXT_API_ALLOW_HTTP else []
    return ["'self'", "https:", *loopback]


def render_already_paid(request: ShopRequest, order: Order) -> HttpResponse:
    """Render the page for a stale form whose order is already paid. Links to the order and to buy again."""
    query = request.GET.urlencode()
    return render(request, "checkout/already_paid.html", {"order": order, "query": query}, status=409)
