"""Asking the store for a payment: one call for one intent, outside any transaction."""

import datetime
import logging
import time

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.buyer import Details
from checkout.models import PaymentIntent
from checkout.payments.expiry import let_go_of_stock, locked
from checkout.payments.order_matching import named_intents
from checkout.payments.order_payload import create_order_body
from checkout.payments.place_order import begin
from checkout.payments.settle import NotOurs, look, settle
from checkout.quote import Quote
from checkout.selection import Choice
from nextcommerce.client import AdminApi
from nextcommerce.errors import AdminApiError, Outcome
from nextcommerce.order_schemas import StoreOrder
from nextcommerce.schemas import Redirect
from orders.models import Order, OrderEvent
from stores.models import Store

log = logging.getLogger(__name__)

# A second press of the button waits this long for the first one's answer.
WAIT_SECONDS = 12.0
# Nobody has been to Link and back sooner than this.
AWAY_SECONDS = 10.0
MOST_LOOKS = 2  # the shopper waits for each


def start(
    *,
    store: Store,
    choice: Choice,
    quote: Quote,
    details: Details,
    checkout_key: str,
    fingerprint: str,
    order: Order | None = None,
) -> PaymentIntent:
    """Begin a purchase and ask the store for its payment; return the intent as it then is.

    `order` is the purchase's own, where it was begun before.
    `redirected`: send the shopper to `payment_complete_url`. `declined`: `message` says why.
    `succeeded`: paid without a redirect. `created`: unclear, the outcome will be found out.
    Errors: those of `begin`.
    """
    if order is not None:
        look_at_earlier(order=order, fingerprint=fingerprint)
    attempt = begin(
        store=store,
        choice=choice,
        quote=quote,
        details=details,
        checkout_key=checkout_key,
        fingerprint=fingerprint,
    )
    attempt.intent.store = store
    if attempt.is_new:
        return ask(attempt.intent)
    intent = wait_for_answer(attempt.intent)
    if intent.status == PaymentIntent.Status.REDIRECTED and intent.age > AWAY_SECONDS:
        # Sent to Link a while ago and here again: it may be paid, and the return lost (S1).
        return look(intent=intent, source=OrderEvent.Source.SHOPPER)
    return intent


def look_at_earlier(*, order: Order, fingerprint: str) -> None:
    """Ask the store about the last attempts with another form: whoever paid must not pay again (S1, S6)."""
    away = order.payment_intents.filter(
        status=PaymentIntent.Status.REDIRECTED,
        created_at__lt=timezone.now() - datetime.timedelta(seconds=AWAY_SECONDS),
    ).exclude(fingerprint=fingerprint)
    for intent in away.select_related("store")[:MOST_LOOKS]:
        look(intent=intent, source=OrderEvent.Source.SHOPPER)


def ask(intent: PaymentIntent) -> PaymentIntent:
    """Send ordersCreate for a new intent. Never called twice for one intent."""
    try:
        answer = _create(intent)
    except AdminApiError as error:
        if error.outcome is Outcome.AMBIGUOUS:
            log.warning("payment intent %s: the answer was lost: %s", intent.pk, error.message)
            return intent
        log.warning("payment intent %s: not begun: %s %s", intent.pk, error.message, error.fields)
        give_up(intent=intent, message=refusal(error))
        return intent
    if isinstance(answer, StoreOrder):
        return _made_at_once(intent=intent, store_order=answer)
    sent_on = PaymentIntent.objects.filter(pk=intent.pk, status=PaymentIntent.Status.CREATED).update(
        status=PaymentIntent.Status.REDIRECTED,
        payment_complete_url=answer.payment_complete_url,
        answered_at=timezone.now(),
        next_check_at=timezone.now() + datetime.timedelta(minutes=10),
    )
    if not sent_on:  # its end was found out meanwhile
        intent.refresh_from_db()
        return intent
    intent.status = PaymentIntent.Status.REDIRECTED
    intent.payment_complete_url = answer.payment_complete_url
    return intent


def _made_at_once(*, intent: PaymentIntent, store_order: StoreOrder) -> PaymentIntent:
    """Settle with the order that the store made without a redirect.

    As the answer to our own call it is ours although the store may keep no mark; not where it names, or
    was taken by, another payment: then the intent stays unclear.
    """
    try:
        if not named_intents(store_order):
            intent.store_order_number = store_order.number
            intent.save(update_fields=["store_order_number"])
        return settle(intent=intent, store_order=store_order, source=OrderEvent.Source.SHOPPER)
    except (NotOurs, IntegrityError):
        log.error("payment intent %s: answered with store order %s of another", intent.pk, store_order.number)
        intent.refresh_from_db()
        return intent


def _create(intent: PaymentIntent) -> StoreOrder | Redirect:
    """Call ordersCreate; once more only where the first call is known not to have happened."""
    api = AdminApi(intent.store)
    body = create_order_body(intent)
    try:
        return api.create_order(body)
    except AdminApiError as error:
        if error.outcome is not Outcome.RETRY:
            raise
    return api.create_order(body)


def wait_for_answer(intent: PaymentIntent) -> PaymentIntent:
    """Wait for the answer that another request is asking for (S20)."""
    until = time.monotonic() + WAIT_SECONDS
    while intent.is_unclear and time.monotonic() < until:
        time.sleep(0.2)
        intent.refresh_from_db(fields=["status", "payment_complete_url", "answered_at", "message"])
    return intent


def give_up(*, intent: PaymentIntent, message: str) -> None:
    """End an attempt that is known not to have happened, and let go of its stock."""
    with transaction.atomic():
        # The order is held, so that nobody takes it up again between the two.
        held = locked(intent)
        if held.status == PaymentIntent.Status.CREATED:
            held.status = PaymentIntent.Status.DECLINED
            held.answered_at = timezone.now()
            held.next_check_at = None
            held.message = message[:300]
            held.save()
            let_go_of_stock(held)
    intent.refresh_from_db()


def refusal(error: AdminApiError) -> str:
    """Say in the shopper's words why the store would not begin a payment."""
    if error.outcome is Outcome.RETRY:
        return _("The payment service is busy. Nothing was charged; please try again in a minute.")
    if {"shipping_address", "billing_address"} & error.fields.keys():
        return _("The address was not accepted. Please check it and try again. Nothing was charged.")
    if "user" in error.fields:
        return _(
            "The e-mail address or phone number was not accepted. Please check them. Nothing was charged."
        )
    if error.code:
        return _("The payment was declined. Please try again or use another way to pay.")
    return _("The payment could not be started. Nothing was charged; please try again.")
