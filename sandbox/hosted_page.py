"""The hosted Link page, and the page that makes the browser post the way back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from . import hosted_payments
from .models import Order, Payment
from .quote import Quote


# The address is a secret and the page knows no session: nothing for a form token to protect.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def payment_page(request: HttpRequest, token: str) -> HttpResponse:
    payment = get_object_or_404(Payment.objects.select_related("store", "order"), token=token)
    if request.method == "POST":
        verb = hosted_payments.pay if request.POST.get("action") == "pay" else hosted_payments.decline
        return _way_back(request, verb(payment=payment))
    quote = Quote.from_json(payment.quote)
    return render(
        request,
        "sandbox/payment.html",
        {
            "payment": payment,
            "store": payment.store,
            "quote": quote,
            "tax": quote.total_incl_tax - quote.total_excl_tax,
            "subtotal": quote.total_excl_tax - quote.shipping_excl_tax,
            "email": payment.wanted["user"]["email"],
        },
    )


def _way_back(request: HttpRequest, leg: hosted_payments.Leg) -> HttpResponse:
    return render(
        request,
        "sandbox/return.html",
        {
            "leg": leg,
            "again": leg.times > 1,
            "wait": int(leg.delay * 1000),
            "title": "Payment made" if leg.order else "Payment not made",
        },
    )


@never_cache
@require_GET
def order_status(request: HttpRequest, secret: str) -> HttpResponse:
    order = get_object_or_404(Order.objects.select_related("store"), secret=secret)
    return render(request, "sandbox/order.html", {"order": order, "store": order.store})
