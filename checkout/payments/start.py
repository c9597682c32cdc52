"""Asking the store for a payment: one call for one intent, outside any transaction."""

import datetime
import logging
import time

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.buyer import Buyer
from checkout.models import PaymentIntent
from checkout.payments.expiry import lock_intent, release_intent_stock
from checkout.payments.order_matching import intent_ids_in
from checkout.payments.order_payload import build_create_order_body
from checkout.payments.place_order import place_order
from checkout.payments.settle import NextOrderMismatch, check_payment_intent, settle_payment_intent
from checkout.quote import Quote
from checkout.selection import Selection
from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.order_schemas import NextOrder
from nextcommerce.schemas import PaymentRedirect
from orders.models import Order, OrderEvent
from stores.models import Store
from stores.next_client import open_next_client

log = logging.getLogger(__name__)

# A second press of the button waits this long for the first one's answer.
WAIT_SECONDS = 12.0
# Nobody has been to Link and back sooner than this.
MIN_ROUND_TRIP_SECONDS = 10.0
MAX_EARLIER_CHECKS = 2  # the shopper waits for each


def start_payment(
    *,
    store: Store,
    selection: Selection,
    quote: Quote,
    buyer: Buyer,
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
        check_earlier_attempts(order=order, fingerprint=fingerprint)
    attempt = place_order(
        store=store,
        selection=selection,
        quote=quote,
        buyer=buyer,
        checkout_key=checkout_key,
        fingerprint=fingerprint,
    )
    attempt.intent.store = store
    if attempt.is_new:
        return request_payment(attempt.intent)
    intent = wait_for_payment_response(attempt.intent)
    if intent.status == PaymentIntent.Status.REDIRECTED and intent.age > MIN_ROUND_TRIP_SECONDS:
        # Sent to Link a while ago and here again: it may be paid, and the return lost (S1).
        return check_payment_intent(intent=intent, source=OrderEvent.Source.SHOPPER)
    return intent


def check_earlier_attempts(*, order: Order, fingerprint: str) -> None:
    """Ask the store about the last attempts with another form: whoever paid must not pay again (S1, S6)."""
    away = order.payment_intents.filter(
        status=PaymentIntent.Status.REDIRECTED,
        created_at__lt=timezone.now() - datetime.timedelta(seconds=MIN_ROUND_TRIP_SECONDS),
    ).exclude(fingerprint=fingerprint)
    for intent in away.select_related("store")[:MAX_EARLIER_CHECKS]:
        check_payment_intent(intent=intent, source=OrderEvent.Source.SHOPPER)


def request_payment(intent: PaymentIntent) -> PaymentIntent:
    """Send ordersCreate for a new intent. Never called twice for one intent."""
    try:
        answer = _create_next_order(intent)
    except NextApiError as error:
        if error.outcome is CallOutcome.AMBIGUOUS:
            log.warning("payment intent %s: the answer was lost: %s", intent.pk, error.message)
            return intent
        log.warning("payment intent %s: not begun: %s %s", intent.pk, error.message, error.fields)
        decline_intent(intent=intent, message=payment_error_message(error))
        return intent
    if isinstance(answer, NextOrder):
        return _settle_immediate_order(intent=intent, next_order=answer)
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


def _settle_immediate_order(*, intent: PaymentIntent, next_order: NextOrder) -> PaymentIntent:
    """Settle with the order that the store made without a redirect.

    As the answer to our own call it is ours although the store may keep no mark; not where it names, or
    was taken by, another payment: then the intent stays unclear.
    """
    try:
        if not intent_ids_in(next_order):
            intent.next_order_number = next_order.number
            intent.save(update_fields=["next_order_number"])
        return settle_payment_intent(intent=intent, next_order=next_order, source=OrderEvent.Source.SHOPPER)
    except (NextOrderMismatch, IntegrityError):
        log.error("payment intent %s: answered with NEXT order %s of another", intent.pk, next_order.number)
        intent.refresh_from_db()
        return intent


def _create_next_order(intent: PaymentIntent) -> NextOrder | PaymentRedirect:
    """Call ordersCreate; once more only where the first call is known not to have happened."""
    api = open_next_client(intent.store)
    body = build_create_order_body(intent)
    try:
        return api.create_order(body)
    except NextApiError as error:
        if error.outcome is not CallOutcome.RETRY:
            raise
    return api.create_order(body)


def wait_for_payment_response(intent: PaymentIntent) -> PaymentIntent:
    """Wait for the answer that another request is asking for (S20)."""
    until = time.monotonic() + WAIT_SECONDS
    while intent.is_unclear and time.monotonic() < until:
        time.sleep(0.2)
        intent.refresh_from_db(fields=["status", "payment_complete_url", "answered_at", "message"])
    return intent


def decline_intent(*, intent: PaymentIntent, message: str) -> None:
    """End an attempt that is known not to have happened, and let go of its stock."""
    with transaction.atomic():
        # The order is held, so that nobody takes it up again between the two.
        held = lock_intent(intent)
        if held.status == PaymentIntent.Status.CREATED:
            held.status = PaymentIntent.Status.DECLINED
            held.answered_at = timezone.now()
            held.next_check_at = None
            held.message = message[:300]
            held.save()
            release_intent_stock(held)
    intent.refresh_from_db()


def payment_error_message(error: NextApiError) -> str:
    """Say in the shopper's words why the store would not begin a payment."""
    if error.outcome is CallOutcome.RETRY:
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
