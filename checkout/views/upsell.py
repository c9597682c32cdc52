"""One-click offers after the payment: one at a time, each with its exact amount, then the thanks.

Nothing comes from the browser but yes or no to an offer that was shown; without JavaScript all the same.
"""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.plan_text import terms
from checkout.models import OfferAttempt
from checkout.upsells.answers import accept, clear_up, decline
from checkout.upsells.selection import next_offer, offer_page, thanks_page
from orders.models import Order
from stores.crypto import open_address
from stores.decorators import keep_origin, private_page
from stores.errors import NotFound
from stores.http import ShopRequest
from stores.responses import SeeOther
from stores.same_origin import same_origin_post

Status = OfferAttempt.Status


@private_page
@require_safe
def show(request: ShopRequest, token: str) -> HttpResponse:
    """The offer that is next; leads on to the thanks where there is none (303). Errors: NotFound."""
    order = find_order(request, token)
    attempt = next_offer(order=order)
    if attempt is None:
        return SeeOther(thanks_page(order))
    if attempt.is_in_doubt:
        return SeeOther(reverse("checkout:offer_outcome", args=[token, attempt.pk]))
    offer = attempt.offer
    context = {
        "attempt": attempt,
        "offer": offer,
        "order": order,
        "variant": offer.variant,
        "without_tax": attempt.amount - attempt.tax,
        "terms": terms(plan=offer.plan, base_price=offer.variant.price, currency=attempt.currency)
        if offer.plan
        else "",
        "answer_url": reverse("checkout:offer_answer", args=[token, attempt.pk]),
    }
    return keep_origin(render(request, "checkout/offer.html", context))


@private_page
@same_origin_post
def answer(request: ShopRequest, token: str, attempt_id: str) -> HttpResponse:
    """Take yes or no, and go on (303); whatever else is posted counts as no. Errors: NotFound."""
    attempt = find_attempt(request, token, attempt_id)
    attempt = accept(attempt=attempt) if request.POST.get("answer") == "yes" else decline(attempt=attempt)
    if attempt.is_in_doubt or attempt.status == Status.REFUSED:
        return SeeOther(reverse("checkout:offer_outcome", args=[token, attempt.pk]))
    return SeeOther(offer_page(attempt.order))


@private_page
@require_safe
def outcome(request: ShopRequest, token: str, attempt_id: str) -> HttpResponse:
    """What became of a yes, while it is found out or where it was refused. Errors: NotFound."""
    attempt = find_attempt(request, token, attempt_id)
    if attempt.is_in_doubt:
        attempt = clear_up(attempt=attempt)
    if not attempt.is_in_doubt and attempt.status != Status.REFUSED:
        return SeeOther(offer_page(attempt.order))
    context = {
        "attempt": attempt,
        "order": attempt.order,
        "state_url": reverse("checkout:offer_state", args=[token, attempt.pk]),
        "thanks_url": thanks_page(attempt.order),
    }
    return render(request, "checkout/offer_outcome.html", context)


@private_page
@require_safe
def state(request: ShopRequest, token: str, attempt_id: str) -> HttpResponse:
    """The same for the page's script: `{"state": "confirming"}`. Errors: NotFound."""
    attempt = find_attempt(request, token, attempt_id)
    if attempt.is_in_doubt:
        attempt = clear_up(attempt=attempt)
    return JsonResponse({"state": "confirming" if attempt.is_in_doubt else "known"})


def find_order(request: ShopRequest, token: str) -> Order:
    """Return the order of this shop whose offers this secret opens. Errors: NotFound."""
    subject = open_address(purpose="order-offer", token=token)
    order = Order.objects.select_related("store").filter(pk=subject, store=request.store.pk).first()
    if order is None:
        raise NotFound(_("There is no offer at this address. Please use the link in your mail."))
    return order


def find_attempt(request: ShopRequest, token: str, attempt_id: str) -> OfferAttempt:
    """Return an offer that was made to this order. Errors: NotFound."""
    order = find_order(request, token)
    attempt = (
        order.offer_attempts.select_related("offer__variant__product", "order__store")
        .filter(pk=attempt_id)
        .first()
    )
    if attempt is None:
        raise NotFound(_("There is no offer at this address. Please use the link in your mail."))
    return attempt
