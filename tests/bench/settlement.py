"""`make bench`: the CPU that a settlement costs this process, on its way back and by webhook.

Runs beside PostgreSQL: `python -m tests.postgres python -m tests.bench.settlement [payments]`. Each request
goes through the whole of WSGI and writes its log lines, into nothing; the store is a sandbox in a process
of its own, whose time is not in it.
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
from django.utils import timezone

from checkout.models import PaymentIntent, ShippingMethod
from checkout.payments import payment_return, settle, webhook_events
from checkout.payments.order_payload import build_return_url
from config.logging import JsonFormatter
from nextcommerce.transport import Transport
from stores.models import Store
from stores.next_client import open_next_client
from tests.factories import make_product, make_store
from tests.payments.helpers import make_selection, submit_checkout
from tests.sandbox_process import SandboxProcess
from tests.shop_fixture import SHIPPING_METHODS

WARM_UP = 3


def main(payments: int, sandbox: SandboxProcess) -> None:
    store = set_up_store(sandbox, payments)
    handler = WSGIHandler()
    print(f"\nCPU milliseconds, median of {payments} payments each; settling: what it costs whoever calls")
    print("it, but for asking the store; handling: what the two requests add to that;")
    print("in reads: how many narrowest reads of a row, which tell how quick the machine is just now\n")
    heads = ("first", "second", "together", "settling", "asking", "handling", "a read", "in reads")
    print(f"{'':28}" + "".join(f"{head:>12}" for head in heads))
    with (
        patch.object(
            webhook_events, "settle_matching_intent", SETTLE_TIMER.around(settle.settle_matching_intent)
        ),
        patch.object(
            payment_return, "check_payment_intent", SETTLE_TIMER.around(settle.check_payment_intent)
        ),
        patch.object(Transport, "send_request", NEXT_TIMER.around(Transport.send_request)),
    ):
        for name, ways in (
            ("webhook, then the way back", (make_webhook_request, make_return_request)),
            ("way back, then the webhook", (make_return_request, make_webhook_request)),
        ):
            numbers = range(WARM_UP + payments)
            print_medians(
                name, [measure_payment(store, handler, ways, f"{name} {number}") for number in numbers]
            )


def set_up_store(sandbox: SandboxProcess, payments: int) -> Store:
    """A shop with lamps enough; its webhook is brought by hand, so that it comes when it is measured."""
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
    ShippingMethod.objects.bulk_create(
        ShippingMethod(
            store=store,
            refreshed_at=timezone.now(),
            **{name: method[name] for name in ("code", "name", "delivery_time", "countries", "prices")},
        )
        for method in SHIPPING_METHODS
    )
    return store


class CpuTimer:
    """Adds up the CPU seconds of what it is put around."""

    def __init__(self) -> None:
        self.spent = 0.0

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*args: Any, **named: Any) -> Any:
            began = time.process_time()
            try:
                return work(*args, **named)
            finally:
                self.spent += time.process_time() - began

        return measured


# What a settlement costs whoever calls it; and the question to the store, where it asks one.
SETTLE_TIMER, NEXT_TIMER = CpuTimer(), CpuTimer()


def measure_payment(
    store: Store, handler: WSGIHandler, ways: tuple[Callable[..., Callable[[], None]], ...], key: str
) -> list[float]:
    """Have one payment made; return the CPU milliseconds of each way, and of their parts."""
    intent = submit_checkout(store, make_selection(store), key=key, email=f"ada{abs(hash(key))}@example.com")
    posted = store.sandbox.pay(intent.payment_complete_url)["response"]
    order = dict(open_next_client(store).retrieve_order(json.loads(posted)["number"]).raw)
    requests = [way(store, handler, intent, posted, order) for way in ways]
    SETTLE_TIMER.spent = NEXT_TIMER.spent = 0.0
    spent = []
    for request in requests:
        began = time.process_time()
        request()
        spent.append((time.process_time() - began) * 1000)
    together = sum(spent)
    asking = NEXT_TIMER.spent * 1000
    parts = [SETTLE_TIMER.spent * 1000 - asking, asking]
    handling = together - sum(parts)
    read = measure_row_read(store)
    spent += [together, *parts, handling, read, handling / read]
    assert PaymentIntent.objects.get(pk=intent.pk).status == "succeeded"
    return spent


def measure_row_read(store: Store, times: int = 10) -> float:
    """Return the CPU milliseconds of the narrowest read that Django makes of one row."""
    began = time.process_time()
    for _ in range(times):
        Store.objects.only("slug").get(pk=store.pk)
    return (time.process_time() - began) * 1000 / times


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
    """Return what makes one POST, as a server does, and closes its answer."""
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
        answered: list[Any] = []
        response = handler(environ, lambda *start: answered.extend(start))
        b"".join(response)
        response.close()
        assert answered[0].startswith(status), answered[0]

    return post


def print_medians(name: str, spent: list[list[float]]) -> None:
    columns = [statistics.median(column) for column in zip(*spent[WARM_UP:], strict=True)]
    print(f"{name:28}" + "".join(f"{column:>12.2f}" for column in columns), flush=True)


if __name__ == "__main__":
    if connection.vendor != "postgresql":
        sys.exit("The bench needs PostgreSQL: make bench")
    settings.DEBUG = False
    nowhere = logging.FileHandler(os.devnull)
    nowhere.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[nowhere], level=logging.INFO, force=True)
    call_command("migrate", verbosity=0)
    process = SandboxProcess().start()
    try:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, process)
    finally:
        process.stop()
