"""Kill a process with SIGKILL at a chosen line of the code that moves money and stock (S28).

The work runs in a forked child. All lines between two SQL statements or API calls are equivalent, so one of
them is tested; EVERY_LINE=1 tests them all.
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
# The code that moves money and stock; the process can be killed at each of its lines.
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
        "subscriptions/billing_cycles.py",
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
    """A line, and the number of SQL statements and API calls before it was first reached."""

    file: str
    line: int
    done: int


class CrashTracer:
    """Traces a process line by line, and kills it at `crash_at`."""

    def __init__(self, crash_at: CrashPoint | None) -> None:
        self.crash_at = (crash_at.file, crash_at.line) if crash_at else None
        self.seen: dict[tuple[str, int], int] = {}
        self.done = 0

    def trace(self, frame: FrameType, event: str, arg: object) -> Any:
        """Record each line, and kill the process at the crash point. A trace function for `sys.settrace`."""
        file = frame.f_code.co_filename
        if file == TRANSPORT_FILE and frame.f_code.co_name == "send_request" and event in {"call", "return"}:
            self.done += 1
        elif event == "line" and file in TRACED_FILES:
            place = (file, frame.f_lineno)
            if place == self.crash_at:
                os.kill(os.getpid(), signal.SIGKILL)
            self.seen.setdefault(place, self.done)
        return self.trace if file in TRACED_FILES or file == TRANSPORT_FILE else None

    def count_statement(self, execute: Callable[..., Any], *args: Any) -> Any:
        """Count one SQL statement. A wrapper for `connection.execute_wrapper`."""
        self.done += 1
        return execute(*args)


def run_in_child(work: Callable[[], Any], *, crash_at: CrashPoint | None) -> list[CrashPoint]:
    """Run `work` in a forked process, and kill it when it first reaches `crash_at`.

    Without `crash_at`, return the traced lines that it reached, each once, in order.
    """
    connections.close_all()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        tracer = CrashTracer(crash_at)
        try:
            with connection.execute_wrapper(tracer.count_statement):
                sys.settrace(tracer.trace)
                work()
                sys.settrace(None)
            with os.fdopen(write_end, "w") as pipe:
                json.dump([[*place, done] for place, done in tracer.seen.items()], pipe)
            status = 0
        finally:
            os._exit(status)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        output = pipe.read()
    _, status = os.waitpid(child, 0)
    if crash_at is None:
        assert status == 0, "the run without a crash failed"
        return [CrashPoint(*place) for place in json.loads(output)]
    assert os.WIFSIGNALED(status), f"the run did not reach {crash_at}"
    return []


def distinct_crash_points(points: list[CrashPoint]) -> list[CrashPoint]:
    """Return one line between any two SQL statements or API calls; all lines with EVERY_LINE=1."""
    if os.environ.get("EVERY_LINE"):
        return points
    first: dict[int, CrashPoint] = {}
    for point in points:
        first.setdefault(point.done, point)
    return list(first.values())


def alternate_by_database(points: list[CrashPoint]) -> list[CrashPoint]:
    """Split the points between SQLite and PostgreSQL, every second one each; all with EVERY_LINE=1."""
    return points if os.environ.get("EVERY_LINE") else points[connection.vendor == "postgresql" :: 2]
