"""Checkouts that a browser has started: the session stores one key for each selection source.

Payment attempts with the same key pay for the same order. Once that order has received money, the next
visit gets a new key, and forms with the old key lead to the order.

The page's form carries a signed key, so that nothing is stored before the form is posted. What is posted
first counts; from then on the session's key does. The session's keys are also the proof that this browser
began a checkout: neither the database nor an address has it.
"""

import secrets
from typing import Any, TypedDict

from django.contrib.sessions.backends.base import SessionBase

from checkout import cart
from checkout.payments.pending_payments import would_pay_twice
from checkout.selection import CART_SOURCE
from orders.models import Order
from stores.crypto import make_url_token, verify_url_token
from stores.models import Store

CHECKOUTS_SESSION_KEY = "checkouts"
MAX_CHECKOUTS = 20
MAX_PAST_KEYS = 5


class StartedCheckout(TypedDict):
    """A posted checkout: its key ("" once its order has received money), its query string, and past keys."""

    key: str
    query: str
    past: list[str]


def open_checkout(
    *, session: SessionBase, store: Store, source: str, form_key: str = ""
) -> tuple[str, Order | None]:
    """Return this browser's checkout key for `source` and its unpaid order, if any.

    Until the form was posted, that is the key in the posted form or a new one. Runs a query only afterwards.
    Removes the items of a paid cart order from the cart.
    """
    started = _read_started_checkouts(session).get(source)
    if started is not None and started["key"]:
        order = Order.objects.filter(store=store, checkout_key=started["key"]).first()
        if order is None or not would_pay_twice(order):
            return started["key"], order
        if source == CART_SOURCE:
            cart.remove_purchased_items(session=session, order=order)
        past = [started["key"], *started["past"]][:MAX_PAST_KEYS]
        _save_started_checkout(session, source, {**started, "key": "", "past": past})
    key = read_form_key(form_key)
    if not key or _is_known_key(session, key):
        key = secrets.token_urlsafe(24)
    return key, None


def make_form_key(key: str) -> str:
    """Return the checkout key as the form carries it: signed, since the database has the key itself."""
    return make_url_token(purpose="checkout-form", subject=key)


def read_form_key(form_key: str) -> str:
    """Return the checkout key in a posted form, or "" if we didn't issue it."""
    return verify_url_token(purpose="checkout-form", token=form_key) or ""


def mark_checkout_posted(*, session: SessionBase, source: str, key: str, query: str) -> None:
    """Record that this browser began the checkout with this key, which may have an order from now on."""
    started = _read_started_checkouts(session).get(source)
    past = started["past"] if started else []
    _save_started_checkout(session, source, {"key": key, "query": query, "past": past})


def has_begun_checkout(*, session: SessionBase, order: Order) -> bool:
    """Return True if this browser posted the checkout of this order."""
    return _is_known_key(session, order.checkout_key)


def find_completed_order(*, session: SessionBase, store: Store, form_key: str) -> Order | None:
    """Return the order already paid for with this form, or None. Accepts only keys of this browser."""
    key = read_form_key(form_key)
    if not _is_known_key(session, key):
        return None
    order = Order.objects.filter(store=store, checkout_key=key).first()
    return order if order is not None and would_pay_twice(order) else None


def find_unpaid_cart_order(*, session: SessionBase, store: Store) -> Order | None:
    """Return the cart's unpaid order, or None. Removes the items of a paid one from the cart."""
    if CART_SOURCE not in _read_started_checkouts(session):
        return None
    return open_checkout(session=session, store=store, source=CART_SOURCE)[1]


def find_selection_query(*, session: SessionBase, order: Order) -> str | None:
    """Return the query string of the order's selection, or None if another browser made it."""
    for started in _read_started_checkouts(session).values():
        if order.checkout_key in _list_keys(started):
            return started["query"]
    return None


def _is_known_key(session: SessionBase, key: str) -> bool:
    return any(key in _list_keys(started) for started in _read_started_checkouts(session).values())


def _list_keys(started: StartedCheckout) -> list[str]:
    return [key for key in (started["key"], *started["past"]) if key]


def _save_started_checkout(session: SessionBase, source: str, started: StartedCheckout) -> None:
    checkouts = _read_started_checkouts(session)
    checkouts.pop(source, None)
    checkouts[source] = started  # newest last
    session[CHECKOUTS_SESSION_KEY] = dict(list(checkouts.items())[-MAX_CHECKOUTS:])


def _read_started_checkouts(session: SessionBase) -> dict[str, StartedCheckout]:
    checkouts: dict[str, Any] = session.get(CHECKOUTS_SESSION_KEY, {})
    return dict(checkouts)
