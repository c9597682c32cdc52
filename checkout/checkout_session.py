"""Checkouts that a browser has started: the session stores one key for each selection source.

Payment attempts with the same key pay for the same order. Once that order has received money, the next
visit gets a new key, and forms with the old key lead to the order.
"""

import secrets
from typing import Any, TypedDict

from django.contrib.sessions.backends.base import SessionBase

from checkout import cart
from checkout.selection import CART_SOURCE
from orders.models import Order
from stores.models import Store

CHECKOUTS_SESSION_KEY = "checkouts"
MAX_CHECKOUTS = 20
MAX_PAST_KEYS = 5


class StartedCheckout(TypedDict):
    """One checkout: its key, its selection's query string, whether its form was posted, and its past keys."""

    key: str
    query: str
    posted: bool
    past: list[str]


def open_checkout(*, session: SessionBase, store: Store, source: str, query: str) -> tuple[str, Order | None]:
    """Return this browser's checkout key for `source` and its unpaid order, if any.

    Runs a query only if the browser has posted the form before. Removes the items of a paid cart order from
    the cart.
    """
    checkouts = _read_started_checkouts(session)
    started = checkouts.pop(source, None)
    order = None
    if started is None:
        started = {"key": _generate_checkout_key(), "query": query, "posted": False, "past": []}
    elif started["posted"]:
        order = Order.objects.filter(store=store, checkout_key=started["key"]).first()
        if order is not None and has_received_money(order):
            if source == CART_SOURCE:
                cart.remove_purchased_items(session=session, order=order)
            past = [started["key"], *started["past"]][:MAX_PAST_KEYS]
            started = {"key": _generate_checkout_key(), "query": query, "posted": False, "past": past}
            order = None
    checkouts[source] = {**started, "query": query}  # newest last
    session[CHECKOUTS_SESSION_KEY] = dict(list(checkouts.items())[-MAX_CHECKOUTS:])
    return started["key"], order


def mark_checkout_posted(*, session: SessionBase, key: str) -> None:
    """Record that this key may have an order from now on."""
    session[CHECKOUTS_SESSION_KEY] = {
        source: {**started, "posted": started["posted"] or started["key"] == key}
        for source, started in _read_started_checkouts(session).items()
    }


def find_completed_order(*, session: SessionBase, store: Store, key: str) -> Order | None:
    """Return the order already paid for with this key, or None. Accepts only keys of this browser."""
    known_keys = {
        known_key
        for started in _read_started_checkouts(session).values()
        for known_key in (started["key"] if started["posted"] else "", *started["past"])
    }
    if not key or key not in known_keys:
        return None
    order = Order.objects.filter(store=store, checkout_key=key).first()
    return order if order is not None and has_received_money(order) else None


def has_received_money(order: Order) -> bool:
    """Return True if the order has received money, so that another attempt would pay twice."""
    return order.is_paid or order.is_in_review


def find_unpaid_cart_order(*, session: SessionBase, store: Store) -> Order | None:
    """Return the cart's unpaid order, or None. Removes the items of a paid one from the cart."""
    started = _read_started_checkouts(session).get(CART_SOURCE)
    if started is None or not started["posted"]:
        return None
    return open_checkout(session=session, store=store, source=CART_SOURCE, query="")[1]


def find_selection_query(*, session: SessionBase, order: Order) -> str | None:
    """Return the query string of the order's selection, or None if another browser made it."""
    for started in _read_started_checkouts(session).values():
        if order.checkout_key == started["key"] or order.checkout_key in started["past"]:
            return started["query"]
    return None


def _read_started_checkouts(session: SessionBase) -> dict[str, StartedCheckout]:
    checkouts: dict[str, Any] = session.get(CHECKOUTS_SESSION_KEY, {})
    return dict(checkouts)


def _generate_checkout_key() -> str:
    return secrets.token_urlsafe(24)
