"""`python -m tests.reliability.silent_store`: NEXT falls silent while a hundred shoppers press Pay (S38).

Real processes talk over HTTP: gunicorn with two workers of 16 threads, and the sandbox, which is stopped for
half a minute. Half of the shoppers have JavaScript: they ask for the state and reload. The others' pages
refresh themselves. Meanwhile somebody opens pages of the shop, 20 each second, however slowly they come.
Prints what became of each shopper, and how long the pages took before and during the silence.

All load comes from one process with few cycles to spare, but it shares the machine's cores with the shop, the
database, and the sandbox. DATABASE_URL names the database server: `python -m tests.postgres python -m …`.
"""

import argparse
import asyncio
import html
import json
import os
import random
import re
import statistics
import time
from collections import Counter
from typing import Any

from tests import environment  # noqa: F401  (before Django reads its settings)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from checkout.models import PaymentIntent  # noqa: E402
from stores.models import Store  # noqa: E402
from tests.factories import make_product, make_store, publish  # noqa: E402
from tests.ports import free_port  # noqa: E402
from tests.reliability.light_client import Answer, LightClient  # noqa: E402
from tests.reliability.process_figures import measure_cpu  # noqa: E402
from tests.reliability.soak_processes import ShopProcesses, fresh_database  # noqa: E402
from tests.reliability.soak_shopper import ADDRESS  # noqa: E402
from tests.sandbox_process import SandboxProcess  # noqa: E402
from tests.shop_fixture import SHIPPING_METHODS, make_shipping_methods  # noqa: E402

THREADS = 16
SERVER_ENVIRON = {
    "NEXT_API_READ_SECONDS": "30",
    "NEXT_API_CALLS_PER_SECOND": "4",
    "WEB_THREADS": str(THREADS),
    "CHECKOUTS_PER_MINUTE": "0",
    "LOG_LEVEL": "WARNING",
}
PAGES = ("/", "/products/desk-lamp", "/cart", "/account", "/healthz", "/readyz")
PAGES_PER_SECOND = 20
# Until when each of the shoppers must be served or told.
PATIENCE_SECONDS = 240
BURST_SECONDS = 5.0
WAITING_PAGES = ("/pay/", "/checkout/turn")


class PageWatch:
    """Opens a page of the shop every 50 ms, whether or not those before have come, and keeps their times."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.visits: list[tuple[float, float]] = []  # when it was requested, and how long it took
        self.errors: Counter[str] = Counter()

    async def watch(self, seconds: float) -> None:
        """Open pages for so long. Return once all have come."""
        started = time.monotonic()
        async with asyncio.TaskGroup() as visits:
            for number in range(int(seconds * PAGES_PER_SECOND)):
                await asyncio.sleep(started + number / PAGES_PER_SECOND - time.monotonic())
                visits.create_task(self._visit(PAGES[number % len(PAGES)], time.monotonic() - started))

    async def _visit(self, page: str, asked_at: float) -> None:
        answer = await LightClient(self.host, timeout=60).get(page)
        self.visits.append((asked_at, answer.seconds))
        if answer.status != 200:
            self.errors[f"{page} {answer.status}"] += 1

    def p95(self, *, first: float = float("inf")) -> float:
        """Return the 95th percentile of the seconds that pages took, of all or those of the first seconds."""
        taken = [took for asked_at, took in self.visits if asked_at < first]
        return statistics.quantiles(taken, n=20)[-1]

    def slowest(self) -> float:
        return max(took for _asked_at, took in self.visits)


class Shopper:
    """Presses Pay once and waits until the page leads to Link or says why not."""

    def __init__(self, store: Store, variant: str, number: int, *, port: int = 0) -> None:
        self.path = f"/checkout?variant={variant}"
        self.has_script = number % 2 == 0
        self.browser = LightClient(store.host, port=port)
        self.form = ADDRESS | {"email": f"shopper{number}@example.com"}
        self.place = ""

    async def open_checkout(self) -> None:
        page = await self.browser.get(self.path)
        for name in ("csrfmiddlewaretoken", "key", "shown"):
            found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
            self.form[name] = html.unescape(found[1]) if found else ""

    async def pay(self, after: float) -> str:
        """Press Pay after some seconds. Return the result: at Link, told, or waiting still."""
        await asyncio.sleep(after)
        answer = await self.browser.post(self.path, self.form)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if answer.status == 303 and answer.location.startswith(WAITING_PAGES):
                self.place = answer.location
                answer = await self.browser.get(self.place)
                continue
            if answer.status == 303:
                return "at Link"
            if "data-confirming" not in answer.text and not (answer.status == 503 and self.place):
                return f"told ({answer.status})"
            await self.wait(answer)
            answer = await self.browser.get(self.place)
        return "waiting still"

    async def wait(self, page: Answer) -> None:
        """Wait until the page's script reloads it, or until it refreshes itself."""
        if not self.has_script:
            refresh = re.search(r'http-equiv="refresh" content="(\d+)"', page.text)
            await asyncio.sleep(float(refresh[1]) if refresh else 5)
            return
        state_url = re.search(r'data-confirming="([^"]*)"', page.text)
        state, delay = "starting", 2.0
        while state == "starting" and state_url:
            await asyncio.sleep(delay)
            delay = min(delay * 1.3, 6.0)
            answer = await self.browser.get(html.unescape(state_url[1]))
            state = answer.json()["state"] if answer.status == 200 else "starting"


def run(
    *, shoppers: int, silence: float, quiet: float, within: float, answering: bool, workers: int = 2
) -> dict[str, Any]:
    """Run it. Return its figures."""
    sandbox = SandboxProcess().start()
    try:
        with fresh_database() as environ:
            processes = ShopProcesses(environ | SERVER_ENVIRON | {"WEB_CONCURRENCY": str(workers)})
            try:
                port = free_port()
                store, variant = set_up_shop(sandbox, port)
                processes.serve(port, threads=THREADS)
                people = [Shopper(store, variant, number) for number in range(shoppers)]
                server = processes.running[0].pid
                played = play(store, people, None if answering else sandbox, server, silence, quiet, within)
                return asyncio.run(played) | count_calls(store)
            finally:
                processes.stop()
    finally:
        sandbox.stop()


def set_up_shop(sandbox: SandboxProcess, port: int) -> tuple[Store, str]:
    """Create a store that sells a lamp. Return it and the lamp's variant."""
    catalog: dict[str, Any] = {"products": [], "shipping_methods": SHIPPING_METHODS, "gateways": []}
    sandbox_store = sandbox.create_store(catalogue=catalog)
    store = make_store(
        host=f"127.0.0.1:{port}", next_api_url=sandbox_store.next_api_url, access_token=sandbox_store.token
    )
    store.sandbox = sandbox_store
    lamp = make_product(store, name="Desk lamp", stock=None)
    make_shipping_methods(store, SHIPPING_METHODS)
    publish(store)
    return store, lamp.variants.get().pk


async def play(
    store: Store,
    people: list[Shopper],
    sandbox: SandboxProcess | None,
    server: int,
    silence: float,
    quiet: float,
    within: float,
) -> dict[str, Any]:
    """Let them press Pay, and silence the sandbox if there is one. Return the figures."""
    for shopper in people:
        await shopper.open_checkout()
    before, during = PageWatch(store.host), PageWatch(store.host)
    await before.watch(quiet)
    if sandbox is not None:
        sandbox.pause()
    started, used = time.monotonic(), measure_cpu(server)
    presses = [asyncio.create_task(shopper.pay(within * random.random())) for shopper in people]
    await during.watch(silence)
    used_meanwhile = measure_cpu(server) - used
    if sandbox is not None:
        sandbox.resume()
    counts = Counter(await asyncio.gather(*presses))
    return {
        "shoppers": dict(sorted(counts.items())),
        "seconds until the last was served": round(time.monotonic() - started, 1),
        "pages before": len(before.visits),
        "p95 before": round(before.p95(), 3),
        "pages during": len(during.visits),
        "p95 during": round(during.p95(), 3),
        "times the p95 before": round(during.p95() / before.p95(), 1),
        "p95 in the first seconds": round(during.p95(first=BURST_SECONDS), 3),
        "slowest during": round(during.slowest(), 3),
        "page errors": dict(during.errors),
        "server's CPU seconds during": round(used_meanwhile, 1),
    }


def count_calls(store: Store) -> dict[str, Any]:
    """Return how many payments were placed, and how often NEXT was asked to create each."""
    calls = [call for call in store.sandbox.requests() if call["operation"] == "ordersCreate"]  # type: ignore[attr-defined]
    ids = Counter(json.dumps(call["body"], sort_keys=True) for call in calls)
    return {
        "payments": PaymentIntent.objects.count(),
        "orders": PaymentIntent.objects.values("order").distinct().count(),
        "calls": len(calls),
        "most calls for one payment": max(ids.values(), default=0),
        "by status": dict(Counter(PaymentIntent.objects.values_list("status", flat=True))),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shoppers", type=int, default=100)
    parser.add_argument("--silence", type=float, default=30.0, help="seconds")
    parser.add_argument("--quiet", type=float, default=20.0, help="seconds before, to compare with")
    parser.add_argument("--within", type=float, default=1.0, help="seconds in which all of them press Pay")
    parser.add_argument(
        "--answering", action="store_true", help="let NEXT answer: what the shoppers' load alone does"
    )
    options = parser.parse_args()
    print(json.dumps(run(**vars(options)), indent=2))


if __name__ == "__main__":
    main()
