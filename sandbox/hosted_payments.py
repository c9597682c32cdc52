"""Hosted payments: what happens when the shopper pays, declines or walks away."""

import json
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from .catalog import Row
from .models import Order, Payment, Store
from .models.order import new_secret
from .order_service import is_duplicate, place_order
from .quote import Quote
from .serializers.orders import order_json
from .write_lock import writing


@dataclass(frozen=True)
class Leg:
    """The way back: ``response`` is what the browser posts, None when it posts nothing."""

    return_url: str
    response: str | None
    order: Order | None
    times: int = 1
    delay: float = 0


def plain(data: Any) -> Any:
    """Decimals and dates as the JSON text they become."""
    return json.loads(json.dumps(data, cls=DjangoJSONEncoder))


def open_payment(*, store: Store, wanted: Row, quote: Quote, is_test: bool) -> Payment:
    """Wait for a shopper; makes no order (section 2)."""
    return Payment.objects.create(
        store=store,
        token=new_secret(),
        return_url=wanted["payment_details"]["payment_return_url"],
        is_test=is_test,
        wanted=plain(wanted),
        quote=plain(quote.as_json()),
        created_at=store.now(),
    )


def pay(*, payment: Payment) -> Leg:
    """Charge and make the order, once: paying again gives the same order.

    A duplicate within the window is blocked: nothing is charged and ``{}`` goes back.
    """
    with writing():
        payment = Payment.objects.select_related("store", "order").get(pk=payment.pk)
        store = payment.store
        if payment.order is None:
            quote = Quote.from_json(payment.quote)
            if is_duplicate(store=store, wanted=payment.wanted, quote=quote):
                return _leg(payment)
            payment.order = place_order(
                store=store,
                wanted=payment.wanted,
                quote=quote,
                payment_status=store.switches["payment_status"],
                is_test=payment.is_test or store.switches["is_test"],
            )
            payment.status = Payment.Status.PAID
            payment.save(update_fields=["order", "status"])
    return _leg(payment)


def decline(*, payment: Payment) -> Leg:
    """The payment fails; a payment that was made already stays made."""
    with writing():
        payment = Payment.objects.select_related("store", "order").get(pk=payment.pk)
        if payment.order is None:
            payment.status = Payment.Status.DECLINED
            payment.save(update_fields=["status"])
    return _leg(payment)


def _leg(payment: Payment) -> Leg:
    switches = payment.store.switches
    mode = switches["return_mode"]
    text = "{}"
    if payment.order is not None and mode != "empty_though_charged":
        text = json.dumps(order_json(payment.order))
    if mode == "malformed":
        text = text[: len(text) // 2]
    return Leg(
        return_url=payment.return_url,
        response=None if mode == "never" else text,
        order=payment.order,
        times=2 if mode == "twice" else 1,
        delay=switches["return_delay"] if mode == "late" else 0,
    )
