"""After the return: paid, not completed, to review, or not known yet; then it keeps asking."""

from functools import partial

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from checkout import token_session
from checkout.checkout_session import find_query, unpaid_bag_order
from checkout.models import PaymentIntent
from checkout.payments.receiver import find_intent
from checkout.payments.settle import NotOurs, look
from checkout.payments.verification_refund import give_back_at_once
from checkout.selection_query import address_of
from checkout.upsells.selection import after_payment
from orders.models import Order, OrderEvent
from stores.decorators import private_page
from stores.errors import NotFound
from stores.http import ShopRequest
from stores.responses import SeeOther

CONFIRMING, PAID, NOT_COMPLETED, REVIEW = "confirming", "paid", "not_completed", "review"


@private_page
@require_safe
def show(request: ShopRequest, token: str) -> HttpResponse:
    """How the payment went; a paid one leads on to an offer or the thanks (303). Errors: NotFound."""
    intent = look_again(request, token)
    order = intent.order
    state = state_of(intent)
    if state == PAID:
        # What was bought leaves the bag here, where the shopper's session is.
        unpaid_bag_order(session=request.session, store=order.store)
        token_session.forget(session=request.session, order=order)
        response = SeeOther(after_payment(order))
        if order.verification_due_at:
            response.afterwards = partial(give_back_at_once, order)
        return response
    context = {
        "state": state,
        "intent": intent,
        "order": order,
        "state_url": reverse("checkout:payment_state", args=[token])
        + ("?gone" if says_gone(request) else ""),
        "retry_url": retry_address(request, order),
    }
    return render(request, "checkout/payment.html", context)


@private_page
@require_safe
def state(request: ShopRequest, token: str) -> HttpResponse:
    """The same for the page's script: `{"state": "confirming"}`. Errors: NotFound."""
    return JsonResponse({"state": state_of(look_again(request, token))})


def find_here(request: ShopRequest, token: str) -> PaymentIntent:
    """Return the intent whose page this is, in its own shop. Errors: NotFound."""
    intent = find_intent(purpose="payment-page", token=token)
    if intent.store_id != request.store.pk:
        raise NotFound(_("There is no payment at this address."))
    return intent


def says_gone(request: ShopRequest) -> bool:
    """True where the return said that nothing was paid; believed once the store knows nothing (S16)."""
    return "gone" in request.GET


def state_of(intent: PaymentIntent) -> str:
    """Return what the shopper is told; "not completed" only where that is known."""
    if intent.status == PaymentIntent.Status.REVIEW:
        return REVIEW
    if intent.status == PaymentIntent.Status.SUCCEEDED or intent.order.is_paid:
        return PAID
    return CONFIRMING if intent.is_open else NOT_COMPLETED


def look_again(request: ShopRequest, token: str) -> PaymentIntent:
    """Ask the store about an open intent, at most every few seconds; a store that is away changes nothing.

    Errors: NotFound.
    """
    intent = find_here(request, token)
    if not intent.is_open:
        return intent
    try:
        return look(intent=intent, source=OrderEvent.Source.SHOPPER, gone=says_gone(request))
    except NotOurs:
        return intent


def retry_address(request: ShopRequest, order: Order) -> str:
    """The checkout with the same choice: as this browser made it, else as the order's items tell it."""
    query = find_query(session=request.session, order=order)
    if query is None:
        item = order.items.first()
        query = ""
        if item is not None and (order.payment_link_id or len(order.items.all()) == 1):
            query = address_of(
                link_id=order.payment_link_id,
                variant_id=item.variant_id,
                quantity=item.quantity,
                plan_id=item.selling_plan.get("selling_plan_id", ""),
                text=item.custom_text,
            ).urlencode()
    address = reverse("checkout:checkout")
    return f"{address}?{query}" if query else address
