"""`make bench`: measure the CPU time of a settlement by the shopper's return and by webhook.

Needs PostgreSQL: `python -m tests.postgres python -m tests.bench.settlement [payments]`. Each request goes
through all of WSGI and logs to /dev/null. The sandbox runs in a separate process, whose time is not counted.
"""

import hashlib
import hmac
import io
import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connection

from checkout.models import PaymentIntent
from checkout.payments import payment_return, reported_orders, settle
from checkout.payments.order_payload import build_return_url
from config.logging import JsonFormatter
from nextcommerce.transport import Transport
from stores.models import Store
from tests.factories import make_product, make_store
from tests.payments.helpers import make_selection, submit_checkout
from tests.sandbox_process import SandboxProcess
from tests.shop_fixture import SHIPPING_METHODS, make_shipping_methods

WARM_UP = 3


def main(payments: int, sandbox: SandboxProcess) -> None:
    store = set_up_store(sandbox, payments)
    handler = WSGIHandler()
    print(f"\nCPU milliseconds, median of {payments} payments. settling: the settlement without API calls;")
    print("API: calls to NEXT; handling: the rest of both requests; row read: reading one column of one row,")
    print("a measure of how fast the machine is right now; in reads: handling divided by a row read\n")
    heads = ("first", "second", "total", "settling", "API", "handling", "row read", "in reads")
    print(f"{'':28}" + "".join(f"{head:>12}" for head in heads))
    with (
        patch.object(
            reported_orders, "settle_matching_intent", SETTLE_TIMER.wrap(settle.settle_matching_intent)
        ),
        patch.object(payment_return, "check_payment_intent", SETTLE_TIMER.wrap(settle.check_payment_intent)),
        patch.object(Transport, "send_request", NEXT_TIMER.wrap(Transport.send_request)),
    ):
        for name, request_makers in (
            ("webhook, then return", (make_webhook_request, make_return_request)),
            ("return, then webhook", (make_return_request, make_webhook_request)),
        ):
            keys = [f"{name} {number}" for number in range(WARM_UP + payments)]
            print_medians(name, [measure_payment(store, handler, request_makers, key) for key in keys])


def set_up_store(sandbox: SandboxProcess, payments: int) -> Store:
    """Create a shop with enough stock. The benchmark posts webhooks itself, to control their timing."""
    catalog: dict[str, Any] = {"products": [], "shipping_methods": SHIPPING_METHODS, "gateways": []}
    sandbox_store = sandbox.create_store(catalogue=catalog)
    store = make_store(
        slug="settling",
        host="settling.test",
        next_api_url=sandbox_store.next_api_url,
        access_token=sandbox_store.token,
        webhook_secret=sandbox_store.webhook_secret,
    )
    store.sandbox = sandbox_store
    make_product(store, name="Desk lamp", options={"Color": ["Black"]}, stock=10 * payments + 100)
    make_shipping_methods(store, SHIPPING_METHODS)
    return store


class CpuTimer:
    """Adds up the CPU seconds of the functions it wraps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            started = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += time.process_time() - started

        return timed


# Time in settlements, including their API calls, and in API calls alone.
SETTLE_TIMER, NEXT_TIMER = CpuTimer(), CpuTimer()


def measure_payment(
    store: Store,
    handler: WSGIHandler,
    request_makers: tuple[Callable[..., Callable[[], None]], ...],
    key: str,
) -> list[float]:
    """Make one payment. Return the CPU milliseconds of both requests and of their parts."""
    intent = submit_checkout(store, make_selection(store), key=key, email=f"ada{abs(hash(key))}@example.com")
    posted = store.sandbox.pay(intent.payment_complete_url)["response"]
    number = json.loads(posted)["number"]
    order = store.sandbox.call("GET", f"orders/{number}/").json()
    requests = [make_request(store, handler, intent, posted, order) for make_request in request_makers]
    SETTLE_TIMER.seconds = NEXT_TIMER.seconds = 0.0
    columns = []
    for request in requests:
        started = time.process_time()
        request()
        columns.append((time.process_time() - started) * 1000)
    total = sum(columns)
    in_api = NEXT_TIMER.seconds * 1000
    parts = [SETTLE_TIMER.seconds * 1000 - in_api, in_api]
    handling = total - sum(parts)
    row_read = measure_row_read(store)
    columns += [total, *parts, handling, row_read, handling / row_read]
    assert PaymentIntent.objects.get(pk=intent.pk).status == PaymentIntent.Status.SUCCEEDED
    return columns


def measure_row_read(store: Store, times: int = 10) -> float:
    """Return the CPU milliseconds of reading one column of one row with Django."""
    started = time.process_time()
    for _ in range(times):
        Store.objects.only("slug").get(pk=store.pk)
    return (time.process_time() - started) * 1000 / times


def make_return_request(
    store: Store, handler: WSGIHandler, intent: PaymentIntent, posted: str, order: dict[str, Any]
) -> Callable[[], None]:
    path = build_return_url(intent).partition(store.host)[2]
    body = urlencode({"response": posted}).encode()
    return make_poster(handler, store, path, body, "application/x-www-form-urlencoded", "303")


def make_webhook_request(
    store: Store, handler: WSGIHandler, intent: PaymentIntent, posted: str, order: dict[str, Any]
) -> Callable[[], None]:
    envelope = {"object": "order", "data": order, "event_id": intent.pk, "event_type": "order.created"}
    body = json.dumps(envelope).encode()
    signature = hmac.new(store.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    path = f"/webhooks/{store.slug}/"
    return make_poster(
        handler, store, path, body, "application/json", "200", HTTP_X_29NEXT_SIGNATURE=signature
    )


def make_poster(
    handler: WSGIHandler, store: Store, path: str, body: bytes, kind: str, status: str, **headers: str
) -> Callable[[], None]:
    """Return a function that makes one POST request, as a server does, and closes the response."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": store.host,
        "SERVER_PORT": "80",
        "HTTP_HOST": store.host,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        **headers,
    }

    def post() -> None:
        started: list[Any] = []
        response = handler(environ, lambda *arguments: started.extend(arguments))
        b"".join(response)
        response.close()
        assert started[0].startswith(status), started[0]

    return post


def print_medians(name: str, rows: list[list[float]]) -> None:
    columns = [statistics.median(column) for column in zip(*rows[WARM_UP:], strict=True)]
    print(f"{name:28}" + "".join(f"{column:>12.2f}" for column in columns), flush=True)


if __name__ == "__main__":
    if connection.vendor != "postgresql":
        sys.exit("This benchmark needs PostgreSQL: make bench")
    settings.DEBUG = False
    discarding_handler = logging.FileHandler(os.devnull)
    discarding_handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[discarding_handler], level=logging.INFO, force=True)
    call_command("migrate", verbosity=0)
    process = SandboxProcess().start()
    try:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, process)
    finally:
        process.stop()
