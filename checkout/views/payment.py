"""The page shoppers see after Link: paid, not completed, in review, or still being confirmed.

It leads on to the order only in the browser that began the checkout. The address alone, from a log or
somebody's history, tells how the payment went and nothing personal.
"""

from enum import StrEnum
from functools import partial

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from checkout import token_session
from checkout.checkout_session import find_selection_query, find_unpaid_cart_order, has_begun_checkout
from checkout.models import PaymentIntent
from checkout.payment_choice import add_suggestion, find_other_method
from checkout.payments.payment_return import (
    address_expired_error,
    find_intent_by_token,
    is_address_expired,
)
from checkout.payments.settle import check_payment_intent
from checkout.payments.start import send_queued_payment
from checkout.payments.verification_refund_timing import refund_verification_now
from checkout.selection_query import build_checkout_url, build_selection_query
from checkout.upsells.selection import next_url_after_payment, thanks_url
from nextcommerce.rate_limiter import longest_call_seconds
from orders.models import Order, OrderEvent
from stores.decorators import private_page
from stores.errors import NotFound
from stores.http import ShopRequest
from stores.responses import HttpResponseSeeOther

# In the address once the page was opened from this site.
SAME_SITE_PARAMETER = "same_site"


class PaymentState(StrEnum):
    """What a shopper is told about a payment."""

    STARTING = "starting"
    READY = "ready"  # to be paid at the payment page
    CONFIRMING = "confirming"
    PROCESSING = "processing"  # the shopper has paid, and the bank takes days
    PAID = "paid"
    NOT_COMPLETED = "not_completed"
    REVIEW = "review"
    SETTLED_ELSEWHERE = "settled_elsewhere"


@private_page
@require_safe
def show_payment(request: ShopRequest, token: str) -> HttpResponse:
    """Show the state of a payment. Once paid or on its way, redirects (303) to what follows.

    In another browser than the checkout's, shows that it was paid instead. Raises NotFound if the token is
    invalid or belongs to another shop, and Problem (410) a day after the settlement.
    """
    intent = recheck_payment(request, token)
    order = intent.order
    state = resolve_payment_state(request, intent)
    if state == PaymentState.READY:
        return HttpResponseSeeOther(intent.payment_complete_url)
    if state == PaymentState.PAID and has_begun_checkout(session=request.session, order=order):
        return redirect_to_paid_order(request, order, next_url_after_payment(order))
    if state == PaymentState.PROCESSING and has_begun_checkout(session=request.session, order=order):
        # Not where paid orders lead: that may be a download.
        return redirect_to_paid_order(request, order, thanks_url(order))
    retry_url = build_retry_url(request, order)
    other_method = find_other_method(intent) if state == PaymentState.NOT_COMPLETED else None
    context = {
        "state": state,
        "same_site_url": find_same_site_url(request) if state == PaymentState.PAID else "",
        "intent": intent,
        "order": order,
        "waits_for_next": intent.waits_for_next,
        "state_url": reverse("checkout:payment_state", args=[token]) + build_state_query(request),
        "retry_url": retry_url,
        "other_method": other_method,
        "other_method_url": add_suggestion(retry_url, other_method) if other_method else "",
    }
    return render(request, "checkout/payment.html", context)


def redirect_to_paid_order(request: ShopRequest, order: Order, address: str) -> HttpResponse:
    """Redirect to what follows the payment, and refund a verification amount meanwhile."""
    # Removes the purchased items from the cart: settling has no session, this request does.
    find_unpaid_cart_order(session=request.session, store=order.store)
    token_session.forget_redeemed_token(session=request.session, order=order)
    response = HttpResponseSeeOther(address)
    if order.verification_refund_due_at:
        response.on_close = partial(refund_verification_now, order)
    return response


def find_same_site_url(request: ShopRequest) -> str:
    """Return the address to reload the page at, or "" if the browser has sent its cookies.

    Some browsers send none after a return from another site. They do once our own page leads to the address.
    """
    if settings.SESSION_COOKIE_NAME in request.COOKIES or SAME_SITE_PARAMETER in request.GET:
        return ""
    return f"{request.path}?{SAME_SITE_PARAMETER}"


@private_page
@require_safe
def get_payment_state(request: ShopRequest, token: str) -> HttpResponse:
    """Return the state as JSON for polling: `{"state": "confirming"}`. Raises NotFound like the page.

    While NEXT doesn't answer it adds `"waits_for": "next"`.
    """
    intent = recheck_payment(request, token)
    answer = {"state": resolve_payment_state(request, intent)}
    return JsonResponse(answer | ({"waits_for": "next"} if intent.waits_for_next else {}))


def find_shop_intent(request: ShopRequest, token: str) -> PaymentIntent:
    """Return the intent for a payment page token.

    Raises NotFound if it belongs to another shop, and Problem (410) if the address has expired. In the
    browser that began the checkout it never does.
    """
    intent = find_intent_by_token(purpose="payment-page", token=token)
    if intent.store_id != request.store.pk:
        raise NotFound(_("We can't find a payment at this address."))
    if is_address_expired(intent) and not has_begun_checkout(session=request.session, order=intent.order):
        raise address_expired_error()
    return intent


def claims_unpaid(request: ShopRequest) -> bool:
    """Return True if the return from Link said that nothing was paid (S16): a claim still to be checked."""
    return "returned_unpaid" in request.GET


def is_starting(request: ShopRequest) -> bool:
    """Return True if the shopper comes from the checkout and waits to be sent to Link."""
    return "starting" in request.GET


def build_state_query(request: ShopRequest) -> str:
    if is_starting(request):
        return "?starting"
    return "?returned_unpaid" if claims_unpaid(request) else ""


def find_starting_state(intent: PaymentIntent) -> PaymentState | None:
    """Return the state for a shopper who wasn't sent to Link yet, or None if there is nothing to start."""
    if intent.status == PaymentIntent.Status.REDIRECTED and not intent.order.is_paid:
        return PaymentState.READY
    return PaymentState.STARTING if intent.is_queued or intent.is_unclear else None


def resolve_payment_state(request: ShopRequest, intent: PaymentIntent) -> PaymentState:
    """Return what to tell the shopper: "not completed" only if that is certain."""
    starting = PaymentState.STARTING if intent.is_queued else None
    if is_starting(request):
        starting = find_starting_state(intent)
    if starting is not None:
        return starting
    if intent.status == PaymentIntent.Status.REVIEW:
        return PaymentState.REVIEW
    if intent.status == PaymentIntent.Status.SUCCEEDED or intent.order.is_paid:
        return PaymentState.PAID
    if intent.is_processing:
        return PaymentState.PROCESSING
    if intent.status == PaymentIntent.Status.SETTLED_ELSEWHERE:
        return PaymentState.SETTLED_ELSEWHERE
    return PaymentState.CONFIRMING if intent.is_open else PaymentState.NOT_COMPLETED


def recheck_payment(request: ShopRequest, token: str) -> PaymentIntent:
    """Check an open intent with NEXT Commerce, at most once every few seconds, and return it.

    Sends it first if it waits for its turn. Returns it unchanged if NEXT Commerce is unavailable. Raises
    NotFound like `find_shop_intent`.
    """
    intent = find_shop_intent(request, token)
    if not intent.is_open or intent.is_processing:
        return intent
    if intent.is_queued:
        return send_queued_payment(intent)
    if is_starting(request) and (not intent.is_unclear or intent.age < longest_call_seconds()):
        return intent  # ready, or the request that sent it still waits for the response
    return check_payment_intent(
        intent=intent, source=OrderEvent.Source.SHOPPER, returned_unpaid=claims_unpaid(request)
    )


def build_retry_url(request: ShopRequest, order: Order) -> str:
    """Return the checkout URL for the order's selection, from the session or else from its items.

    What the shopper wrote, such as an engraving, is only in their own browser's.
    """
    query = find_selection_query(session=request.session, order=order)
    if query is None:
        item = order.items.first()
        query = ""
        if item is not None and (order.payment_link_id or len(order.items.all()) == 1):
            query = build_selection_query(
                link_id=order.payment_link_id,
                variant_id=item.variant_id,
                quantity=item.quantity,
                plan_id=item.selling_plan.get("selling_plan_id", ""),
                amount=str(item.unit_price) if order.payment_link_details.get("has_free_amount") else "",
            ).urlencode()
    return build_checkout_url(query)
