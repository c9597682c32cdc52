"""The receiver: where Link sends the shopper's browser back to, with the order or `{}` in its hands.

The post comes from another site, so no session and no form token come with it (S13, S14). The secret in
the address names the intent; what is posted is a hint and nothing more.
"""

import json
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from checkout.models import PaymentIntent
from checkout.payments import find_next_order
from checkout.payments.settle import look
from orders.models import OrderEvent
from stores.crypto import open_address, sign_address
from stores.decorators import private_page
from stores.errors import NotFound
from stores.models import Store
from stores.responses import SeeOther

WHOLE = PaymentIntent.objects.select_related("order", "store")
# Most often the webhook was here first: then this is all that a return reads.
RETURNING = PaymentIntent.objects.only("store", "status", "store_order_number", "created_at", "checked_at")


def payment_page(intent: PaymentIntent, *, gone: bool = False) -> str:
    """The secret address of the page that tells the shopper how the payment went.

    `gone`: the shopper came back without having paid, which the store could not be asked about yet.
    """
    address = reverse("checkout:payment", args=[sign_address(purpose="payment-page", subject=intent.pk)])
    return f"{address}?gone" if gone else address


@csrf_exempt
@private_page
@require_http_methods(["GET", "POST"])
def receive_return(request: HttpRequest, token: str) -> HttpResponse:
    """Take the shopper back and find out what happened; always answers with a page of ours (303).

    Errors: NotFound (404) for an address that was never given out.
    """
    intent = find_intent(purpose="payment-return", token=token, among=RETURNING)
    number, gone = "", False
    if intent.may_be_paid:
        if request.method == "POST":
            number, gone = read_response(request)
        intent.store = Store.objects.only(*find_next_order.FOR_ASKING, *find_next_order.FOR_SETTLING).get(
            pk=intent.store_id
        )
        intent = look(intent=intent, source=OrderEvent.Source.RETURN, hint=number, gone=gone)
    return SeeOther(payment_page(intent, gone=gone and intent.is_open))


def find_intent(*, purpose: str, token: str, among: QuerySet[PaymentIntent] = WHOLE) -> PaymentIntent:
    """Return the intent `among` these whose address for `purpose` this is. Errors: NotFound."""
    subject = open_address(purpose=purpose, token=token)
    try:
        return among.get(pk=subject)
    except PaymentIntent.DoesNotExist:
        raise NotFound(
            _("This address is not known. Please use the link in your mail, or start again.")
        ) from None


def read_response(request: HttpRequest) -> tuple[str, bool]:
    """Return the order number that the post hints at, and whether it says that nothing was paid (`{}`).

    Whatever else comes (S30) is no hint, and says nothing either way.
    """
    try:
        body = request.POST.get("response", "")
    except (
        BadRequest,
        RequestDataTooBig,
        TooManyFieldsSent,
        TooManyFilesSent,
        MultiPartParserError,
        UnreadablePostError,
    ):
        return "", False
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError):
        return "", False
    if data == {}:
        return "", True
    number = data.get("number") if isinstance(data, dict) else None
    if isinstance(number, int):
        number = str(number)
    return (number if isinstance(number, str) else ""), False
