"""A process that is really killed: by SIGKILL, at one line of the code that moves money and stock (S28).

The work runs in a forked child. Between two statements or calls one line is like another, so that one is
enough; EVERY_LINE=1 takes them all.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from django.db import connection, connections

ROOT = Path(__file__).resolve().parents[1]
# Where money and stock are moved; each of their lines is a place to die on.
TRACED_FILES = {
    str(ROOT / name)
    for name in (
        "catalog/stock.py",
        "checkout/payments/webhook_events.py",
        "checkout/payments/next_order_lookup.py",
        "checkout/payments/start.py",
        "checkout/payments/place_order.py",
        "checkout/payments/payment_return.py",
        "checkout/payments/reconcile.py",
        "checkout/payments/settle.py",
        "checkout/payments/expiry.py",
        "checkout/upsells/acceptance.py",
        "checkout/upsells/outcome.py",
        "checkout/upsells/order_lines.py",
        "checkout/payments/webhooks.py",
        "orders/customers.py",
        "orders/order_log.py",
        "orders/mirror.py",
        "orders/order_numbers.py",
        "orders/refunds.py",
        "subscriptions/renewals.py",
        "orders/snapshot.py",
        "subscriptions/sync_actions.py",
        "subscriptions/sync.py",
        "subscriptions/services.py",
        "subscriptions/mirror.py",
        "orders/verification_refund.py",
    )
}
TRANSPORT_FILE = str(ROOT / "nextcommerce/transport.py")


@dataclass(frozen=True)
class CrashPoint:
    """A line, and how many statements and calls had been made when it was first come to."""

    file: str
    line: int
    done: int


class CrashTracer:
    """Follows a process line by line, and kills it at one of them."""

    def __init__(self, crash_at: CrashPoint | None) -> None:
        self.crash_at = (crash_at.file, crash_at.line) if crash_at else None
        self.seen: dict[tuple[str, int], int] = {}
        self.done = 0

    def trace(self, frame: FrameType, event: str, arg: object) -> Any:
        name = frame.f_code.co_filename
        if name == TRANSPORT_FILE and frame.f_code.co_name == "send_request" and event in {"call", "return"}:
            self.done += 1
        elif event == "line" and name in TRACED_FILES:
            place = (name, frame.f_lineno)
            if place == self.crash_at:
                os.kill(os.getpid(), signal.SIGKILL)
            self.seen.setdefault(place, self.done)
        return self.trace if name in TRACED_FILES or name == TRANSPORT_FILE else None

    def count(self, execute: Callable[..., Any], *args: Any) -> Any:
        self.done += 1
        return execute(*args)


def run_in_child(work: Callable[[], Any], *, crash_at: CrashPoint | None) -> list[CrashPoint]:
    """Run `work` in a forked process; kill it when it first comes to `crash_at`.

    Without `crash_at` return the watched lines it came to, each once, in order.
    """
    connections.close_all()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        watcher = CrashTracer(crash_at)
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
    if crash_at is None:
        assert status == 0, "the undisturbed run failed"
        return [CrashPoint(*place) for place in json.loads(told)]
    assert os.WIFSIGNALED(status), f"nothing came to {crash_at}"
    return []


def distinct_crash_points(places: list[CrashPoint]) -> list[CrashPoint]:
    """One line for each state of the world: between two statements or calls, one line is like another.

    EVERY_LINE=1 takes them all.
    """
    if os.environ.get("EVERY_LINE"):
        return places
    first: dict[int, CrashPoint] = {}
    for place in places:
        first.setdefault(place.done, place)
    return list(first.values())


def alternate_by_database(places: list[CrashPoint]) -> list[CrashPoint]:
    """Every other place for each engine: between two statements they do the same. EVERY_LINE=1 takes all."""
    return places if os.environ.get("EVERY_LINE") else places[connection.vendor == "postgresql" :: 2]
