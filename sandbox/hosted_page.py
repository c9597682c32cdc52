"""Pages for shoppers: the hosted payment page, the page that posts the return, the order status."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from . import hosted_payments
from .models import HostedPayment, Order
from .payment_methods import get_method_label
from .quote import Quote


# The URL is the secret and there is no session, so a CSRF token would protect nothing.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def hosted_payment_page(request: HttpRequest, token: str) -> HttpResponse:
    payment = get_object_or_404(HostedPayment.objects.select_related("store", "order"), token=token)
    if request.method == "POST":
        handle_action = (
            hosted_payments.complete_hosted_payment
            if request.POST.get("action") == "pay"
            else hosted_payments.decline_hosted_payment
        )
        return _render_return_page(request, handle_action(payment=payment))
    quote = Quote.from_json(payment.quote)
    return render(
        request,
        "sandbox/payment.html",
        {
            "payment": payment,
            "store": payment.store,
            "quote": quote,
            "method": get_method_label(payment.payload["payment_method"]),
            "email": payment.payload["user"]["email"],
        },
    )


def _render_return_page(request: HttpRequest, shopper_return: hosted_payments.ShopperReturn) -> HttpResponse:
    return render(
        request,
        "sandbox/return.html",
        {
            "shopper_return": shopper_return,
            "is_posted_twice": shopper_return.times > 1,
            "delay_ms": int(shopper_return.delay * 1000),
            "title": "Payment complete" if shopper_return.order else "No payment was made",
        },
    )


@never_cache
@require_GET
def hosted_order_status(request: HttpRequest, secret: str) -> HttpResponse:
    order = get_object_or_404(Order.objects.select_related("store"), secret=secret)
    return render(request, "sandbox/order.html", {"order": order, "store": order.store})
