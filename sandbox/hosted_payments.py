"""Hosted payments: what happens when the shopper pays, declines or walks away."""

import json
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from .catalog import JsonObject
from .models import HostedPayment, Order, Store
from .models.order import generate_secret
from .order_service import create_order_from_quote, is_duplicate_order
from .quote import Quote
from .serializers.orders import serialize_full_order
from .write_lock import exclusive_transaction


@dataclass(frozen=True)
class ShopperReturn:
    """The way back: ``response`` is what the browser posts, None when it posts nothing."""

    return_url: str
    response: str | None
    order: Order | None
    times: int = 1
    delay: float = 0


def to_plain_json(data: Any) -> Any:
    """Decimals and dates as the JSON text they become."""
    return json.loads(json.dumps(data, cls=DjangoJSONEncoder))


def create_hosted_payment(*, store: Store, payload: JsonObject, quote: Quote, is_test: bool) -> HostedPayment:
    """Wait for a shopper; makes no order (section 2)."""
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
    """Charge and make the order, once: paying again gives the same order.

    A duplicate within the window is blocked: nothing is charged and ``{}`` goes back.
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
                payment_status=store.switches["payment_status"],
                is_test=payment.is_test or store.switches["is_test"],
            )
            payment.status = HostedPayment.Status.PAID
            payment.save(update_fields=["order", "status"])
    return _build_shopper_return(payment)


def decline_hosted_payment(*, payment: HostedPayment) -> ShopperReturn:
    """The payment fails; a payment that was made already stays made."""
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
    if payment.order is not None and mode != "empty_though_charged":
        text = json.dumps(serialize_full_order(payment.order))
    if mode == "malformed":
        text = text[: len(text) // 2]
    return ShopperReturn(
        return_url=payment.return_url,
        response=None if mode == "never" else text,
        order=payment.order,
        times=2 if mode == "twice" else 1,
        delay=switches["return_delay"] if mode == "late" else 0,
    )
