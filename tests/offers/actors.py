"""Shoppers who have paid, and what they are offered then."""

from typing import Any

from checkout.models import Offer, OfferAttempt
from checkout.payments.settle import look
from checkout.upsells.selection import next_offer
from orders.models import Order
from stores.models import Store
from tests.factories import variant_of
from tests.payment.actors import checkout, choose, pay


def make_offer(store: Store, goods: str = "Light bulb", **fields: Any) -> Offer:
    """An offer of one light bulb after any order, at its own price unless told otherwise."""
    defaults = {
        "store": store,
        "name": f"Offer of {goods}",
        "variant": variant_of(store.products.get(name=goods)),
    }
    return Offer.objects.create(**defaults | fields)


def buy(store: Store, *args: Any, key: str = "purchase-1", link: Any = None, **kwargs: Any) -> Order:
    """Check out, pay and settle; one black desk lamp (54.00 with shipping) unless told otherwise."""
    intent = checkout(store, choose(store, *args, link=link, **kwargs), key=key)
    pay(intent)
    order = look(intent=intent, source="return").order
    store.sandbox.clear_requests()
    return Order.objects.select_related("store").get(pk=order.pk)


def shown(order: Order) -> OfferAttempt:
    """The offer that the order is made now."""
    attempt = next_offer(order=Order.objects.select_related("store").get(pk=order.pk))
    assert attempt is not None
    return attempt


def calls(store: Store) -> list[str]:
    return [call["operation"] for call in store.sandbox.requests()]


def lines(store: Store) -> list[tuple[str, int, bool]]:
    """What the sandbox's only order holds: title, quantity, upsell or not."""
    (order,) = store.sandbox.orders()
    return [(line["product_title"], line["quantity"], line["is_upsell"]) for line in order["lines"]]
