"""The return address: where Link sends the shopper's browser back to with a posted order or `{}`.

The post comes from another site, so it carries no session and no form token. The secret in the address
identifies the intent; what is posted is only a hint. The answer leads to the payment's page, a same-site
step with the session, which alone leads on to the order (`checkout.views.payment`).
"""

import datetime
import json
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from checkout.models import PaymentIntent
from checkout.payments import next_order_lookup
from checkout.payments.expiry import CHECK_SCHEDULE_SECONDS
from checkout.payments.settle import check_payment_intent
from orders.models import OrderEvent
from stores.crypto import make_url_token, verify_url_token
from stores.decorators import private_page
from stores.errors import Problem
from stores.lookups import get_or_not_found
from stores.models import Store
from stores.request_size import has_declared_size_over
from stores.responses import HttpResponseSeeOther

INTENTS_WITH_ORDER = PaymentIntent.objects.select_related("order", "store")
# Usually the webhook arrived first. Then a return reads nothing but these columns.
INTENTS_FOR_RETURN = PaymentIntent.objects.only(
    "store", "status", "next_order_number", "created_at", "checked_at", "settled_at"
)
# How long the addresses of a payment work once NEXT can no longer change its outcome.
ADDRESS_LIFETIME = datetime.timedelta(days=1)


def payment_page_url(
    intent: PaymentIntent, *, returned_unpaid: bool = False, is_starting: bool = False
) -> str:
    """Return the secret path of the page that shows the shopper how the payment went.

    Pass `returned_unpaid` if the shopper came back without paying and NEXT couldn't confirm that yet, and
    `is_starting` if the shopper wasn't sent to pay yet: the page then does that.
    """
    address = reverse("checkout:payment", args=[make_url_token(purpose="payment-page", subject=intent.pk)])
    if is_starting:
        return f"{address}?starting"
    return f"{address}?returned_unpaid" if returned_unpaid else address


@csrf_exempt
@private_page
@require_http_methods(["GET", "POST"])
def receive_payment_return(request: HttpRequest, token: str) -> HttpResponse:
    """Settle the payment of a returning shopper and redirect (303) to its payment page.

    Raises NotFound (404) if the address was never issued, and Problem (410) a day after the settlement.
    """
    intent = find_intent_by_token(purpose="payment-return", token=token, queryset=INTENTS_FOR_RETURN)
    if is_address_expired(intent):
        raise address_expired_error()
    hint, returned_unpaid = "", False
    if intent.can_be_paid:
        if request.method == "POST":
            hint, returned_unpaid = parse_return_post(request)
        intent.store = Store.objects.only(
            *next_order_lookup.STORE_FIELDS_FOR_API, *next_order_lookup.STORE_FIELDS_FOR_SETTLING
        ).get(pk=intent.store_id)
        intent = check_payment_intent(
            intent=intent, source=OrderEvent.Source.RETURN, hint=hint, returned_unpaid=returned_unpaid
        )
    return HttpResponseSeeOther(payment_page_url(intent, returned_unpaid=returned_unpaid and intent.is_open))


receive_payment_return.limits_its_body = True  # type: ignore[attr-defined]


def find_intent_by_token(
    *, purpose: str, token: str, queryset: QuerySet[PaymentIntent] = INTENTS_WITH_ORDER
) -> PaymentIntent:
    """Return the intent from `queryset` that the token for `purpose` identifies. Raises NotFound."""
    subject = verify_url_token(purpose=purpose, token=token)
    message = _("We don't recognize this link. Use the link in your email or start again.")
    return get_or_not_found(queryset, message, pk=subject)


def is_address_expired(intent: PaymentIntent) -> bool:
    """Return True if the payment was settled, or last checked for money that came late, over a day ago."""
    if intent.can_be_paid:
        ended_at = intent.created_at + datetime.timedelta(seconds=CHECK_SCHEDULE_SECONDS[-1])
    else:
        ended_at = intent.settled_at or intent.created_at
    return timezone.now() > ended_at + ADDRESS_LIFETIME


def address_expired_error() -> Problem:
    """Return the Problem (410) for an address of a payment that ended over a day ago."""
    return Problem(
        _("This link has expired. To see your order, use the link in your email or request a new one."),
        code="payment_address_expired",
        status=410,
    )


def parse_return_post(request: HttpRequest) -> tuple[str, bool]:
    """Return the order number in the post, and whether it says that nothing was paid (`{}`).

    Any other content counts as neither.
    """
    if has_declared_size_over(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
        return "", False
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
