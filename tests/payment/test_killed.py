"""S28: the process is really killed, in turn at every line of payment and settlement, then started again.

A forked child buys, pays and comes back, and is killed by SIGKILL at one line; then the shopper does what
shoppers do, and the reconciler its rounds. The end is always that of an undisturbed run.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.db import connection, connections

from catalog.models import Hold
from checkout.models import PaymentIntent
from checkout.purchase import AlreadyPaid
from checkout.reconcile import reconcile
from orders.models import Order
from tests.factories import publish
from tests.payment.actors import charged, checkout, come_back, deliver, grow_old, make_due, pay, stock_of

ROOT = Path(__file__).resolve().parents[2]
# Where money and stock are moved; each of their lines is a place to die on.
WATCHED = {
    str(ROOT / name)
    for name in (
        "catalog/stock.py",
        "checkout/events.py",
        "checkout/lookup.py",
        "checkout/payment.py",
        "checkout/purchase.py",
        "checkout/receiver.py",
        "checkout/reconcile.py",
        "checkout/settlement.py",
        "checkout/webhooks.py",
        "orders/customers.py",
        "orders/log.py",
        "orders/mirror.py",
        "orders/numbers.py",
        "orders/snapshot.py",
    )
}
EXCHANGE = str(ROOT / "stores/admin_api/transport.py")


@dataclass(frozen=True)
class Place:
    """A line, and how many statements and calls had been made when it was first come to."""

    file: str
    line: int
    done: int


class Watcher:
    """Follows a process line by line, and kills it at one of them."""

    def __init__(self, die_at: Place | None) -> None:
        self.die_at = (die_at.file, die_at.line) if die_at else None
        self.seen: dict[tuple[str, int], int] = {}
        self.done = 0

    def trace(self, frame: FrameType, event: str, arg: object) -> Any:
        name = frame.f_code.co_filename
        if name == EXCHANGE and frame.f_code.co_name == "exchange" and event in {"call", "return"}:
            self.done += 1
        elif event == "line" and name in WATCHED:
            place = (name, frame.f_lineno)
            if place == self.die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            self.seen.setdefault(place, self.done)
        return self.trace if name in WATCHED or name == EXCHANGE else None

    def count(self, execute: Callable[..., Any], *args: Any) -> Any:
        self.done += 1
        return execute(*args)


def in_child(work: Callable[[], Any], *, die_at: Place | None) -> list[Place]:
    """Run `work` in a forked process; kill it when it first comes to `die_at`.

    Without `die_at` return the watched lines it came to, each once, in order.
    """
    connections.close_all()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        watcher = Watcher(die_at)
        try:
            with connection.execute_wrapper(watcher.count):
                sys.settrace(watcher.trace)
                work()
                sys.settrace(None)
            with os.fdopen(write_end, "w") as pipe:
                json.dump([[*place, done] for place, done in watcher.seen.items()], pipe)
            status = 0
        finally:
            os._exit(status)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if die_at is None:
        assert status == 0, "the undisturbed run failed"
        return [Place(*place) for place in json.loads(told)]
    assert os.WIFSIGNALED(status), f"nothing came to {die_at}"
    return []


def worth_dying_at(places: list[Place]) -> list[Place]:
    """One line for each state of the world: between two statements or calls, one line is like another.

    EVERY_LINE=1 takes them all.
    """
    if os.environ.get("EVERY_LINE"):
        return places
    first: dict[int, Place] = {}
    for place in places:
        first.setdefault(place.done, place)
    return list(first.values())


def checkout_as(shop: Any, key: str) -> PaymentIntent:
    """Each purchase is a new person's, so that each makes a customer."""
    return checkout(shop, key=key, email=f"{key.replace(' ', '.')}@example.com")


def buy(shop: Any, key: str) -> None:
    """An undisturbed purchase: check out, pay, come back."""
    intent = checkout_as(shop, key)
    come_back(intent, pay(intent))


def buy_by_webhook(shop: Any, key: str) -> None:
    """The tab is closed at Link; the webhook brings the news."""
    pay(checkout_as(shop, key))
    deliver(shop, "order.created", shop.sandbox.orders()[-1], event_id=key)


def buy_by_reconciler(shop: Any, key: str) -> None:
    """Nobody comes back and no webhook comes; the reconciler finds it."""
    pay(checkout_as(shop, key))
    make_due()
    reconcile()


def go_on(shop: Any, key: str, paid_before: Decimal) -> None:
    """What happens after the crash: a shopper who was not charged tries again, then time passes."""
    if charged(shop) == paid_before:
        try:
            intent = checkout_as(shop, key)
        except AlreadyPaid:
            raise AssertionError("told paid, and was not charged") from None
        if intent.is_unclear:
            # The answer died with the process: confirming, then "nothing was charged", then again.
            for _ in range(5):
                grow_old(intent, lapse=False, minutes=2)
                make_due()
                reconcile()
            intent = checkout_as(shop, key)
        pay(intent)
    for _ in range(3):
        make_due()
        reconcile()


@pytest.mark.slow
@pytest.mark.parametrize("purchase", [buy, buy_by_webhook, buy_by_reconciler])
def test_killed_at_any_line_the_end_is_that_of_an_undisturbed_run(shop, purchase):
    every_line = in_child(lambda: purchase(shop, "undisturbed"), die_at=None)
    places = worth_dying_at(every_line)
    assert len(every_line) > 200
    assert len(places) > 20
    lamps = 5000
    shop.products.get(name="Desk lamp").variants.update(inventory_quantity=lamps)
    publish(shop)
    for number, place in enumerate(places):
        key = f"purchase {number}"
        shop.products.get(name="Desk lamp").variants.update(inventory_quantity=lamps)
        before = charged(shop)

        in_child(lambda key=key: purchase(shop, key), die_at=place)
        go_on(shop, key, before)

        order = Order.objects.get(checkout_key=key)
        assert order.status == "Paid", place
        assert charged(shop) - before == Decimal("54.00"), place
        assert list(order.events.values_list("kind", flat=True)) == ["paid"], place
        assert order.payment_intents.filter(status="succeeded").count() == 1, place
        assert not PaymentIntent.objects.filter(order=order, status="review").exists(), place
        assert not Hold.objects.filter(state="held").exists(), place
        assert stock_of(shop) == lamps - 1, place
