"""Hosted payments: starting one, paying or declining it, and what goes back to the shop."""

import json
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from .catalog import JsonObject
from .models import HostedPayment, Order, Store, exclusive_transaction
from .models.order import generate_secret
from .order_service import create_order_from_quote, is_duplicate_order
from .payment_methods import REDIRECT_METHODS
from .quote import Quote
from .serializers.orders import serialize_full_order
from .switches import ReturnMode


@dataclass(frozen=True)
class ShopperReturn:
    """How the shopper returns: the browser posts ``response`` to ``return_url``, ``times`` times,
    after ``delay`` seconds. None posts nothing."""

    return_url: str
    response: str | None
    order: Order | None
    times: int = 1
    delay: float = 0


def to_plain_json(data: Any) -> Any:
    """Return ``data`` with decimals and dates as their JSON strings."""
    return json.loads(json.dumps(data, cls=DjangoJSONEncoder))


def create_hosted_payment(*, store: Store, payload: JsonObject, quote: Quote, is_test: bool) -> HostedPayment:
    """Start a payment for the shopper to complete. It creates no order."""
    return HostedPayment.objects.create(
        store=store,
        token=generate_secret(),
        return_url=payload["payment_details"]["payment_return_url"],
        is_test=is_test,
        payload=to_plain_json(payload),
        quote=to_plain_json(quote.to_json()),
        created_at=store.now(),
    )


def complete_hosted_payment(*, payment: HostedPayment) -> ShopperReturn:
    """Charge and create the order, once: paying again returns the same order.

    A duplicate within ``duplicate_window_seconds`` is blocked: nothing is charged and ``{}`` goes back.
    """
    with exclusive_transaction():
        payment = HostedPayment.objects.select_related("store", "order").get(pk=payment.pk)
        store = payment.store
        if payment.order is None:
            quote = Quote.from_json(payment.quote)
            if is_duplicate_order(store=store, payload=payment.payload, quote=quote):
                return _build_shopper_return(payment)
            payment.order = create_order_from_quote(
                store=store,
                payload=payment.payload,
                quote=quote,
                payment_status=_choose_payment_status(payment),
                is_test=payment.is_test or store.switches["is_test"],
            )
            payment.status = HostedPayment.Status.PAID
            payment.save(update_fields=["order", "status"])
    return _build_shopper_return(payment)


def _choose_payment_status(payment: HostedPayment) -> str:
    """Return what the payment makes of its order: a debit is pending until the bank pays it."""
    switches = payment.store.switches
    method = REDIRECT_METHODS.get(payment.payload["payment_method"])
    if method is not None and method.settles_later and switches["debits_settle_later"]:
        return str(Order.PaymentStatus.PENDING)
    return str(switches["payment_status"])


def decline_hosted_payment(*, payment: HostedPayment) -> ShopperReturn:
    """Decline the payment. A payment that already succeeded stays paid."""
    with exclusive_transaction():
        payment = HostedPayment.objects.select_related("store", "order").get(pk=payment.pk)
        if payment.order is None:
            payment.status = HostedPayment.Status.DECLINED
            payment.save(update_fields=["status"])
    return _build_shopper_return(payment)


def _build_shopper_return(payment: HostedPayment) -> ShopperReturn:
    switches = payment.store.switches
    mode = switches["return_mode"]
    text = "{}"
    if payment.order is not None and mode != ReturnMode.EMPTY_THOUGH_CHARGED:
        text = json.dumps(serialize_full_order(payment.order))
    if mode == ReturnMode.MALFORMED:
        text = text[: len(text) // 2]
    return ShopperReturn(
        return_url=payment.return_url,
        response=None if mode == ReturnMode.NEVER else text,
        order=payment.order,
        times=2 if mode == ReturnMode.TWICE else 1,
        delay=switches["return_delay"] if mode == ReturnMode.LATE else 0,
    )
