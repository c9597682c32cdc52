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
from checkout.payments import next_order_lookup
from checkout.payments.settle import check_payment_intent
from orders.models import OrderEvent
from stores.crypto import make_url_token, verify_url_token
from stores.decorators import private_page
from stores.errors import NotFound
from stores.models import Store
from stores.responses import HttpResponseSeeOther

INTENTS_WITH_ORDER = PaymentIntent.objects.select_related("order", "store")
# Most often the webhook was here first: then this is all that a return reads.
INTENTS_FOR_RETURN = PaymentIntent.objects.only(
    "store", "status", "next_order_number", "created_at", "checked_at"
)


def payment_page_url(intent: PaymentIntent, *, returned_unpaid: bool = False) -> str:
    """The secret address of the page that tells the shopper how the payment went.

    `returned_unpaid`: the shopper came back without having paid, which the store could not be asked about yet.
    """
    address = reverse("checkout:payment", args=[make_url_token(purpose="payment-page", subject=intent.pk)])
    return f"{address}?returned_unpaid" if returned_unpaid else address


@csrf_exempt
@private_page
@require_http_methods(["GET", "POST"])
def receive_payment_return(request: HttpRequest, token: str) -> HttpResponse:
    """Take the shopper back and find out what happened; always answers with a page of ours (303).

    Errors: NotFound (404) for an address that was never given out.
    """
    intent = find_intent_by_token(purpose="payment-return", token=token, queryset=INTENTS_FOR_RETURN)
    number, returned_unpaid = "", False
    if intent.can_be_paid:
        if request.method == "POST":
            number, returned_unpaid = parse_return_post(request)
        intent.store = Store.objects.only(
            *next_order_lookup.STORE_FIELDS_FOR_API, *next_order_lookup.STORE_FIELDS_FOR_SETTLING
        ).get(pk=intent.store_id)
        intent = check_payment_intent(
            intent=intent, source=OrderEvent.Source.RETURN, hint=number, returned_unpaid=returned_unpaid
        )
    return HttpResponseSeeOther(payment_page_url(intent, returned_unpaid=returned_unpaid and intent.is_open))


def find_intent_by_token(
    *, purpose: str, token: str, queryset: QuerySet[PaymentIntent] = INTENTS_WITH_ORDER
) -> PaymentIntent:
    """Return the intent `queryset` these whose address for `purpose` this is. Errors: NotFound."""
    subject = verify_url_token(purpose=purpose, token=token)
    try:
        return queryset.get(pk=subject)
    except PaymentIntent.DoesNotExist:
        raise NotFound(
            _("This address is not known. Please use the link in your mail, or start again.")
        ) from None


def parse_return_post(request: HttpRequest) -> tuple[str, bool]:
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
