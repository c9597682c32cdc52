"""Starting a payment with NEXT: one ordersCreate call per intent, made outside any transaction."""

import datetime
import logging

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog import stock
from checkout import sentences
from checkout.buyer import Buyer
from checkout.code_check import MAX_SHOWN_LENGTH
from checkout.models import PaymentIntent
from checkout.payments import transitions
from checkout.payments.expiry import lock_intent, release_unclaimed_order_stock
from checkout.payments.next_order_lookup import find_next_order
from checkout.payments.order_matching import intent_ids_in, next_order_fields
from checkout.payments.order_payload import build_create_order_body
from checkout.payments.place_order import place_order
from checkout.payments.queue import claim_queued_payment
from checkout.payments.settle import check_payment_intent, settle_payment_intent
from checkout.payments.sold_out import find_sold_out_item, follow_next_stock, sold_out_message
from checkout.payments.tracing import trace_payment
from checkout.payments.unknown_items import report_unknown_item
from checkout.quote import Quote
from checkout.selection import Selection
from nextcommerce.error_messages import mentions_voucher
from nextcommerce.errors import NextApiError
from nextcommerce.money_calls import send_once
from nextcommerce.schemas import NextOrder, PaymentRedirect
from nextcommerce.waiting import try_to_wait
from orders.models import Order, OrderEvent
from orders.next_order_identity import NextOrderMismatch
from stores.models import Store
from stores.next_client import open_next_client
from stores.offered_payment_methods import list_chosen_payment_methods
from stores.polling import wait_while
from wording.sentence import Sentence

logger = logging.getLogger(__name__)

# A round trip to Link takes at least this long.
MIN_ROUND_TRIP_SECONDS = 10.0
MAX_EARLIER_CHECKS = 2  # the shopper waits for each
# How long the shopper waits while we look for the order of a failed call.
MAX_LOOK_SECONDS = 5.0
# NEXT has no time now: the call may succeed a moment later.
BUSY_STATUSES = {429, 502, 503}
# When to look again for the order of a call that failed.
FIRST_WATCH_DELAY = datetime.timedelta(minutes=2)


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
    """Place an order and start its payment with NEXT. Return the intent.

    `order` is the purchase's order if an earlier attempt created it. Depending on the intent's status:
    `redirected`: send the shopper to `payment_complete_url`. `declined`: `message` says why.
    `succeeded`: paid without a redirect. `created`: it waits for its turn (`queue.py`), or another request
    waits for the answer. Raises what `place_order` raises.
    """
    with try_to_wait(store.next_api_url) as may_wait:
        if order is not None and may_wait:
            check_earlier_attempts(order=order, fingerprint=fingerprint)
        attempt = place_order(
            store=store,
            selection=selection,
            quote=quote,
            buyer=buyer,
            checkout_key=checkout_key,
            fingerprint=fingerprint,
            is_queued=not may_wait,
        )
        attempt.intent.store = store
        if not may_wait:
            return attempt.intent
        if attempt.is_new:
            return request_payment(attempt.intent)
        return await_payment(send_payment_in_turn(attempt.intent))


def send_queued_payment(intent: PaymentIntent) -> PaymentIntent:
    """Send a queued payment if it is its turn. Return the refreshed intent.

    Safe to call by any number of pages at the same time: one of them sends it.
    """
    with try_to_wait(intent.store.next_api_url, ticket=intent.pk) as may_wait:
        if not may_wait:
            return intent
        check_earlier_attempts(order=intent.order, fingerprint=intent.fingerprint)
        return send_payment_in_turn(intent)


def send_payment_in_turn(intent: PaymentIntent) -> PaymentIntent:
    """Send the payment if it is queued and no other request sends it. The caller may wait for NEXT."""
    if not intent.is_queued:
        return intent
    if claim_queued_payment(intent):
        return request_payment(intent)
    intent.refresh_from_db()
    return intent


def await_payment(intent: PaymentIntent) -> PaymentIntent:
    """Return the intent of the same form posted before, once the request that sends it has its response."""
    intent = wait_for_payment_response(intent)
    if intent.status == PaymentIntent.Status.REDIRECTED and intent.age > MIN_ROUND_TRIP_SECONDS:
        # The shopper was at Link and is here again: it may be paid and the return lost.
        return check_payment_intent(intent=intent, source=OrderEvent.Source.SHOPPER)
    return intent


def check_earlier_attempts(*, order: Order, fingerprint: str) -> None:
    """Check the latest attempts made with another form, so that nobody who paid pays again."""
    sent_to_link = order.payment_intents.filter(
        status=PaymentIntent.Status.REDIRECTED,
        created_at__lt=timezone.now() - datetime.timedelta(seconds=MIN_ROUND_TRIP_SECONDS),
    ).exclude(fingerprint=fingerprint)
    for intent in sent_to_link.select_related("store")[:MAX_EARLIER_CHECKS]:
        check_payment_intent(intent=intent, source=OrderEvent.Source.SHOPPER)


@trace_payment("payment.start")
def request_payment(intent: PaymentIntent) -> PaymentIntent:
    """Send ordersCreate for a new intent. Must never be called twice for one intent.

    Nobody can pay on a page whose address never came. So without a redirect or an order nothing was charged,
    and the shopper is told so; an order that shows up later is still settled.
    """
    response = _create_next_order(intent)
    if isinstance(response, NextApiError):
        logger.warning("payment intent %s: not started: %s %s", intent.pk, response, response.fields)
        return _end_failed_attempt(intent=intent, error=response)
    if isinstance(response, NextOrder):
        return _settle_immediate_order(intent=intent, next_order=response)
    _send_to_link(intent=intent, payment_complete_url=response.payment_complete_url)
    return intent


@transaction.atomic
def _send_to_link(*, intent: PaymentIntent, payment_complete_url: str) -> None:
    """Record where to send the shopper, and hold the stock for as long as paying may take."""
    now = timezone.now()
    is_redirected = transitions.mark_redirected(
        intent,
        payment_complete_url=payment_complete_url,
        answered_at=now,
        next_check_at=now + datetime.timedelta(minutes=10),
    )
    if is_redirected:
        until = now + datetime.timedelta(minutes=settings.HOLD_MINUTES)
        stock.extend_hold(reference=intent.order_id, until=until)
    else:  # settled in the meantime
        intent.refresh_from_db()


def _settle_immediate_order(*, intent: PaymentIntent, next_order: NextOrder) -> PaymentIntent:
    """Settle with the order that NEXT created without a redirect.

    As the response to our own call it is ours even if NEXT kept no mark of it. If it carries another
    payment's id, or was settled with another payment, the intent stays unclear.
    """
    try:
        if not intent_ids_in(next_order):
            transitions.record_next_order(intent, **next_order_fields(next_order))
        return settle_payment_intent(intent=intent, next_order=next_order, source=OrderEvent.Source.SHOPPER)
    except NextOrderMismatch as mismatch:
        logger.error(
            "payment intent %s: NEXT responded with an order that isn't this payment's: %s",
            intent.pk,
            mismatch,
        )
        intent.refresh_from_db()
        return intent


def _create_next_order(intent: PaymentIntent) -> NextOrder | PaymentRedirect | NextApiError:
    """Call ordersCreate. After any failure, look for the order, and repeat the call only if NEXT was busy.

    Return the error if NEXT has no order. A repeated call is harmless: each call makes a payment page, and
    the shopper is sent to one.
    """
    api, body = open_next_client(intent.store), build_create_order_body(intent)
    for is_last in (False, True):
        try:
            return send_once(lambda: api.create_order(body))
        except NextApiError as failure:
            error = failure
        if error.was_never_sent:
            break
        next_order = _find_created_order(intent)
        if next_order is not None:
            return next_order
        if is_last or error.status not in BUSY_STATUSES:
            break
    return error


def _find_created_order(intent: PaymentIntent) -> NextOrder | None:
    """Return the order that a failed call made after all, or None if NEXT has none or doesn't say."""
    try:
        return find_next_order(intent=intent, max_seconds=MAX_LOOK_SECONDS)
    except (NextApiError, NextOrderMismatch) as error:
        logger.warning("payment intent %s: couldn't look for its order: %s", intent.pk, error)
        return None


def wait_for_payment_response(intent: PaymentIntent) -> PaymentIntent:
    """Wait for the response that another request with the same form is waiting for."""
    fields = ["status", "payment_complete_url", "answered_at", "message", "is_code_refused"]
    wait_while(lambda: intent.is_unclear, intent, fields=fields)
    return intent


def _end_failed_attempt(*, intent: PaymentIntent, error: NextApiError) -> PaymentIntent:
    """Tell the shopper why the payment didn't start. If it was sent, keep looking for its order."""
    is_code_refused = bool(find_sent_code(intent)) and mentions_voucher(error)
    sold_out = find_sold_out_item(intent=intent, error=error)
    if is_code_refused:
        message = code_refused_message(intent)
    elif sold_out is not None:
        message = sold_out_message(sold_out)
    elif is_method_refused(intent=intent, error=error):
        message = sentences.METHOD_REFUSED.fill(method=intent.payment_method.label)
    else:
        message = report_unknown_item(intent=intent, error=error) or payment_error_message(error)
    end_refused_attempt(
        intent=intent,
        message=message,
        is_code_refused=is_code_refused,
        next_check_at=None if error.was_never_sent else timezone.now() + FIRST_WATCH_DELAY,
    )
    if sold_out is not None:
        follow_next_stock(intent=intent, item=sold_out)
    return intent


def end_refused_attempt(
    *,
    intent: PaymentIntent,
    message: Sentence,
    is_code_refused: bool = False,
    next_check_at: datetime.datetime | None = None,
) -> None:
    """End an attempt that nobody can pay, and release its stock."""
    with transaction.atomic():
        # The order stays locked, so that no new attempt starts between the save and the release.
        locked = lock_intent(intent)
        refused = {
            "answered_at": timezone.now(),
            "next_check_at": next_check_at,
            "message": message,
            "is_code_refused": is_code_refused,
        }
        if locked.status == PaymentIntent.Status.CREATED and transitions.decline_intent(locked, **refused):
            release_unclaimed_order_stock(locked)
    intent.refresh_from_db()


def is_method_refused(*, intent: PaymentIntent, error: NextApiError) -> bool:
    """Return True if NEXT refused the payment method, and the store offers others."""
    is_named = error.is_refused and "payment_method" in error.fields and not error.code
    return is_named and len(list_chosen_payment_methods(intent.store)) > 1


def find_sent_code(intent: PaymentIntent) -> str:
    """Return the discount code that the intent's order names, or ""."""
    return str(intent.snapshot["order"]["discount_code"])


def code_refused_message(intent: PaymentIntent) -> Sentence:
    """Return a message for the shopper whose code passed the check but not the order."""
    return sentences.CODE_REFUSED.fill(code=find_sent_code(intent)[:MAX_SHOWN_LENGTH])


def payment_error_message(error: NextApiError) -> Sentence:
    """Return a message for the shopper on why NEXT didn't start the payment."""
    if not error.is_refused:
        return sentences.SERVICE_BUSY.fill()
    if {"shipping_address", "billing_address"} & error.fields.keys():
        return sentences.ADDRESS_REFUSED.fill()
    if "user" in error.fields:
        return sentences.CONTACT_REFUSED.fill()
    if error.code:
        return sentences.PAYMENT_DECLINED.fill()
    return sentences.START_FAILED.fill()
