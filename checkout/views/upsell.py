"""One-click upsell pages after a payment, one at a time, followed by the thank-you page.

The browser sends only a yes or no to an upsell that was shown. Amounts come from the database. The pages
work without JavaScript.
"""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from checkout.checkout_session import has_begun_checkout
from checkout.consents import find_upsell_consent
from checkout.models import UpsellAttempt
from checkout.renewals import list_upsell_renewal_notices
from checkout.upsells.acceptance import accept_upsell, decline_upsell, resolve_upsell_attempt
from checkout.upsells.selection import final_url, present_next_upsell, upsell_url
from checkout.upsells.shown_taxes import read_shown_taxes
from orders.after_payment import goes_on_at_once
from orders.consents import record_upsell_consent
from orders.models import Order
from stores.consumer_law import needs_fixed_order_button
from stores.crypto import verify_url_token
from stores.decorators import allow_origin_referrer, private_page, require_same_origin_post
from stores.errors import Problem
from stores.http import ShopRequest
from stores.lookups import get_or_not_found
from stores.responses import HttpResponseSeeOther

Status = UpsellAttempt.Status


@private_page
@require_safe
def show_upsell(request: ShopRequest, token: str) -> HttpResponse:
    """Show the next upsell, or redirect (303) to the thank-you page if none is left.

    Raises NotFound if the token is invalid or belongs to another shop.
    """
    order = find_upsell_order(request, token)
    attempt = present_next_upsell(order=order)
    if attempt is None:
        return HttpResponseSeeOther(final_url(order))
    if attempt.is_in_doubt:
        return HttpResponseSeeOther(reverse("checkout:upsell_outcome", args=[token, attempt.pk]))
    upsell = attempt.upsell
    context = {
        "attempt": attempt,
        "upsell": upsell,
        "order": order,
        "has_fixed_button": needs_fixed_order_button(store=request.store, country=order.tax_country),
        "variant": upsell.variant,
        "without_tax": attempt.amount - attempt.tax,
        "taxes": read_shown_taxes(attempt),
        "early_start": find_upsell_consent(attempt),
        "must_agree": "agree" in request.GET,
        "renewal_notices": list_upsell_renewal_notices(attempt),
        "answer_url": reverse("checkout:upsell_answer", args=[token, attempt.pk]),
    }
    response = render(request, "checkout/upsell.html", context)
    if goes_on_at_once(order):
        # The answer may end there, and browsers check where a form's redirects lead.
        response.csp = {"form-action": ["'self'", "https:"]}  # type: ignore[attr-defined]
    return allow_origin_referrer(response)


@private_page
@require_same_origin_post
def answer_upsell(request: ShopRequest, token: str, attempt_id: str) -> HttpResponse:
    """Accept or decline an upsell and redirect (303). Any answer other than `yes` declines.

    Raises NotFound if the attempt does not belong to the order.
    """
    attempt = find_upsell_attempt(request, token, attempt_id)
    if request.POST.get("answer") == "yes" and (wording := find_upsell_consent(attempt)):
        if "early_start" not in request.POST:
            return HttpResponseSeeOther(f"{upsell_url(attempt.order)}?agree=1")
        record_upsell_consent(
            order=attempt.order, attempt_id=str(attempt.pk), text=wording, items=attempt.item["name"]
        )
    attempt = (
        accept_upsell(attempt=attempt)
        if request.POST.get("answer") == "yes"
        else decline_upsell(attempt=attempt)
    )
    if attempt.is_in_doubt or attempt.status == Status.REFUSED:
        return HttpResponseSeeOther(reverse("checkout:upsell_outcome", args=[token, attempt.pk]))
    return HttpResponseSeeOther(upsell_url(attempt.order))


@private_page
@require_safe
def show_upsell_outcome(request: ShopRequest, token: str, attempt_id: str) -> HttpResponse:
    """Show an accepted upsell that is still being confirmed or was not charged.

    Raises NotFound if the attempt does not belong to the order.
    """
    attempt = find_upsell_attempt(request, token, attempt_id)
    if attempt.is_in_doubt:
        attempt = resolve_upsell_attempt(attempt=attempt)
    if not attempt.is_in_doubt and attempt.status != Status.REFUSED:
        return HttpResponseSeeOther(upsell_url(attempt.order))
    context = {
        "attempt": attempt,
        "order": attempt.order,
        "state_url": reverse("checkout:upsell_state", args=[token, attempt.pk]),
        "final_url": final_url(attempt.order),
    }
    return render(request, "checkout/upsell_outcome.html", context)


@private_page
@require_safe
def get_upsell_state(request: ShopRequest, token: str, attempt_id: str) -> HttpResponse:
    """Return the state as JSON for polling: `{"state": "confirming"}` or `{"state": "known"}`."""
    attempt = find_upsell_attempt(request, token, attempt_id)
    if attempt.is_in_doubt:
        attempt = resolve_upsell_attempt(attempt=attempt)
    return JsonResponse({"state": "confirming" if attempt.is_in_doubt else "known"})


def find_upsell_order(request: ShopRequest, token: str) -> Order:
    """Return the order for an upsell token.

    Raises NotFound if it belongs to another shop, and Problem (403) unless this browser began its checkout:
    saying yes charges the payment method used there.
    """
    subject = verify_url_token(purpose="order-upsell", token=token)
    message = _("We can't find an offer at this address. Please use the link in your email.")
    orders = Order.objects.select_related("store")
    order = get_or_not_found(orders, message, pk=subject, store=request.store.pk)
    if not has_begun_checkout(session=request.session, order=order):
        raise Problem(
            _(
                "This offer is only available in the browser you paid with. "
                "To see your order, use the link in your email."
            ),
            code="forbidden",
            status=403,
        )
    return order


def find_upsell_attempt(request: ShopRequest, token: str, attempt_id: str) -> UpsellAttempt:
    """Return an upsell that was shown for the token's order. Raises NotFound if there is none."""
    order = find_upsell_order(request, token)
    message = _("We can't find an offer at this address. Please use the link in your email.")
    attempts = order.upsell_attempts.select_related("upsell__variant__product", "order__store")
    return get_or_not_found(attempts, message, pk=attempt_id)
