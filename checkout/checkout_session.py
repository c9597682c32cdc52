"""Which purchases a browser has started: one key for each selection's source, kept in the session.

Attempts with the same key pay for the same order. Once that order is no longer unpaid, the next visit
gets a new key, and the old one leads to the order.
"""

import secrets
from typing import Any, TypedDict

from django.contrib.sessions.backends.base import SessionBase

from checkout import cart
from orders.models import Order
from stores.models import Store

CHECKOUTS_SESSION_KEY = "checkouts"
MAX_CHECKOUTS = 20
MAX_PAST_KEYS = 5


class StartedCheckout(TypedDict):
    """One purchase: its key, the query of its selection, whether it has been posted, and the keys before it."""

    key: str
    query: str
    posted: bool
    past: list[str]


def open_checkout(*, session: SessionBase, store: Store, source: str, query: str) -> tuple[str, Order | None]:
    """Return the key of this browser's purchase from `source`, and its unpaid order if it has one yet.

    Costs a query only where the browser has posted it before.
    """
    checkouts = _read_started_checkouts(session)
    started = checkouts.pop(source, None)
    order = None
    if started is None:
        started = {"key": _generate_checkout_key(), "query": query, "posted": False, "past": []}
    elif started["posted"]:
        order = Order.objects.filter(store=store, checkout_key=started["key"]).first()
        if order is not None and has_received_money(order):
            if source == "cart":
                cart.remove_purchased_items(session=session, order=order)
            past = [started["key"], *started["past"]][:MAX_PAST_KEYS]
            started = {"key": _generate_checkout_key(), "query": query, "posted": False, "past": past}
            order = None
    checkouts[source] = {**started, "query": query}  # the newest comes last
    session[CHECKOUTS_SESSION_KEY] = dict(list(checkouts.items())[-MAX_CHECKOUTS:])
    return started["key"], order


def mark_checkout_posted(*, session: SessionBase, key: str) -> None:
    """Remember that there may be an order for this key from now on."""
    session[CHECKOUTS_SESSION_KEY] = {
        source: {**started, "posted": started["posted"] or started["key"] == key}
        for source, started in _read_started_checkouts(session).items()
    }


def find_completed_order(*, session: SessionBase, store: Store, key: str) -> Order | None:
    """Return the order that a form with this key has paid for already, or None.

    Only keys of this very browser count.
    """
    known = {
        known
        for started in _read_started_checkouts(session).values()
        for known in (started["key"] if started["posted"] else "", *started["past"])
    }
    if not key or key not in known:
        return None
    order = Order.objects.filter(store=store, checkout_key=key).first()
    return order if order is not None and has_received_money(order) else None


def has_received_money(order: Order) -> bool:
    """True once money has moved for it, so that another attempt would pay twice."""
    return order.is_paid or bool(order.review_reason)


def find_unpaid_cart_order(*, session: SessionBase, store: Store) -> Order | None:
    """Return the cart's started order; what a paid one bought is taken out of the cart first."""
    started = _read_started_checkouts(session).get("cart")
    if started is None or not started["posted"]:
        return None
    return open_checkout(session=session, store=store, source="cart", query="")[1]


def find_selection_query(*, session: SessionBase, order: Order) -> str | None:
    """Return the query of the selection that `order` came from, or None where this browser did not make it."""
    for started in _read_started_checkouts(session).values():
        if order.checkout_key == started["key"] or order.checkout_key in started["past"]:
            return started["query"]
    return None


def _read_started_checkouts(session: SessionBase) -> dict[str, StartedCheckout]:
    held: dict[str, Any] = session.get(CHECKOUTS_SESSION_KEY, {})
    return dict(held)


def _generate_checkout_key() -> str:
    return secrets.token_urlsafe(24)
