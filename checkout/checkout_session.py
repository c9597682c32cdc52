"""Which purchases a browser has begun: one key for each choice's source, kept in the session.

Attempts with the same key pay for the same order. Once that order is no longer unpaid, the next visit
gets a new key, and the old one leads to the order.
"""

import secrets
from typing import Any, TypedDict

from django.contrib.sessions.backends.base import SessionBase

from checkout import cart
from orders.models import Order
from stores.models import Store

KEY = "checkouts"
MAX_CHECKOUTS = 20
MAX_PAST = 5


class Begun(TypedDict):
    """One purchase: its key, the query of its choice, whether it has been posted, and the keys before it."""

    key: str
    query: str
    posted: bool
    past: list[str]


def open_checkout(*, session: SessionBase, store: Store, source: str, query: str) -> tuple[str, Order | None]:
    """Return the key of this browser's purchase from `source`, and its unpaid order if it has one yet.

    Costs a query only where the browser has posted it before.
    """
    checkouts = _checkouts(session)
    begun = checkouts.pop(source, None)
    order = None
    if begun is None:
        begun = {"key": _new_key(), "query": query, "posted": False, "past": []}
    elif begun["posted"]:
        order = Order.objects.filter(store=store, checkout_key=begun["key"]).first()
        if order is not None and is_done(order):
            if source == "bag":
                cart.take_out(session=session, order=order)
            past = [begun["key"], *begun["past"]][:MAX_PAST]
            begun = {"key": _new_key(), "query": query, "posted": False, "past": past}
            order = None
    checkouts[source] = {**begun, "query": query}  # the newest comes last
    session[KEY] = dict(list(checkouts.items())[-MAX_CHECKOUTS:])
    return begun["key"], order


def mark_posted(*, session: SessionBase, key: str) -> None:
    """Remember that there may be an order for this key from now on."""
    session[KEY] = {
        source: {**begun, "posted": begun["posted"] or begun["key"] == key}
        for source, begun in _checkouts(session).items()
    }


def find_done(*, session: SessionBase, store: Store, key: str) -> Order | None:
    """Return the order that a form with this key has paid for already, or None.

    Only keys of this very browser count.
    """
    known = {
        known
        for begun in _checkouts(session).values()
        for known in (begun["key"] if begun["posted"] else "", *begun["past"])
    }
    if not key or key not in known:
        return None
    order = Order.objects.filter(store=store, checkout_key=key).first()
    return order if order is not None and is_done(order) else None


def is_done(order: Order) -> bool:
    """True once money has moved for it, so that another attempt would pay twice."""
    return order.is_paid or bool(order.review_reason)


def unpaid_bag_order(*, session: SessionBase, store: Store) -> Order | None:
    """Return the bag's begun order; what a paid one bought is taken out of the bag first."""
    begun = _checkouts(session).get("bag")
    if begun is None or not begun["posted"]:
        return None
    return open_checkout(session=session, store=store, source="bag", query="")[1]


def find_query(*, session: SessionBase, order: Order) -> str | None:
    """Return the query of the choice that `order` came from, or None where this browser did not make it."""
    for begun in _checkouts(session).values():
        if order.checkout_key == begun["key"] or order.checkout_key in begun["past"]:
            return begun["query"]
    return None


def _checkouts(session: SessionBase) -> dict[str, Begun]:
    held: dict[str, Any] = session.get(KEY, {})
    return dict(held)


def _new_key() -> str:
    return secrets.token_urlsafe(24)
