"""`python -m tests.reliability.silent_store`: NEXT falls silent while a hundred shoppers press Pay (S38).

Real processes talk over HTTP: gunicorn with two workers of 16 threads, and the sandbox, which is stopped for
half a minute. Half of the shoppers have JavaScript: they ask for the state and reload. The others' pages
refresh themselves. Meanwhile somebody looks at the shop. Prints what became of each shopper, and how long the
pages took before and during the silence. DATABASE_URL names the database server.
"""

import argparse
import json
import os
import random
import statistics
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests import environment  # noqa: F401  (before Django reads its settings)

os.environ.update(
    NEXT_API_READ_SECONDS="30", NEXT_API_CALLS_PER_SECOND="4", WEB_THREADS="16", CHECKOUTS_PER_MINUTE="0"
)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import requests  # noqa: E402
from requests.adapters import HTTPAdapter  # noqa: E402
from urllib3.util import Retry  # noqa: E402

from checkout.models import PaymentIntent  # noqa: E402
from stores.models import Store  # noqa: E402
from tests.factories import make_product, make_store, publish  # noqa: E402
from tests.ports import free_port  # noqa: E402
from tests.reliability.soak_processes import ShopProcesses, fresh_database  # noqa: E402
from tests.reliability.soak_shopper import ADDRESS, fill_in  # noqa: E402
from tests.sandbox_process import SandboxProcess  # noqa: E402
from tests.shop_fixture import SHIPPING_METHODS, make_shipping_methods  # noqa: E402

THREADS = 16
PAGES = ("/", "/products/desk-lamp", "/cart", "/orders/find", "/healthz", "/readyz")
# Until when each of the shoppers must be served or told.
PATIENCE_SECONDS = 240


class PageWatch(threading.Thread):
    """Opens pages of the shop, one after the other, and keeps how long each took."""

    def __init__(self, origin: str) -> None:
        super().__init__(daemon=True)
        self.origin = origin
        self.seconds: list[float] = []
        self.errors: Counter[str] = Counter()
        self.is_over = threading.Event()

    def run(self) -> None:
        browser = requests.Session()
        browser.headers["Connection"] = "close"
        while not self.is_over.wait(0.05):
            page = random.choice(PAGES)
            started = time.monotonic()
            try:
                status = str(browser.get(self.origin + page, timeout=60).status_code)
            except requests.RequestException as error:
                status = type(error).__name__
            self.seconds.append(time.monotonic() - started)
            if status != "200":
                self.errors[f"{page} {status}"] += 1

    def finish(self) -> float:
        """Stop. Return the 95th percentile of the seconds that a page took."""
        self.is_over.set()
        self.join()
        return statistics.quantiles(self.seconds, n=20)[-1]


class Shopper:
    """Presses Pay once and waits until the page leads to Link or says why not."""

    def __init__(self, store: Store, variant: str, number: int) -> None:
        self.origin = store.origin
        self.path = f"/checkout?variant={variant}"
        self.has_script = number % 2 == 0
        self.browser = requests.Session()
        # A server may close a kept-alive connection just as it is reused. Unlike browsers, requests fails.
        self.browser.headers["Connection"] = "close"
        self.browser.mount("http://", HTTPAdapter(max_retries=Retry(3, allowed_methods={"GET"})))
        self.payment_page = ""
        self.form = ADDRESS | {"email": f"shopper{number}@example.com"}

    def open_checkout(self) -> None:
        self.page = self.browser.get(self.origin + self.path, timeout=60)

    def pay(self, after: float) -> str:
        """Press Pay after some seconds. Return the result: at Link, told, or waiting still."""
        time.sleep(after)
        form = fill_in(self.form, self.page)
        headers = {"Origin": self.origin}
        answer = self.browser.post(
            self.origin + self.path, form, headers=headers, allow_redirects=False, timeout=120
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            place = answer.headers.get("Location", "")
            if answer.status_code == 303 and place.startswith("/pay/"):
                self.payment_page = place
            elif answer.status_code == 303:
                return "at Link"
            elif "starting your payment" in answer.text or (answer.status_code == 503 and self.payment_page):
                pass  # the page refreshes itself
            else:
                return f"told ({answer.status_code})"
            answer = self.look_again()
        return "waiting still"

    def look_again(self) -> requests.Response:
        """Open the payment page again, once its script says so or after five seconds."""
        page = self.origin + self.payment_page
        if self.has_script:
            state, delay = "starting", 2.0
            while state == "starting":
                time.sleep(delay)
                delay = min(delay * 1.3, 6.0)
                answer = self.browser.get(page.replace("?", "/state?"), timeout=120)
                state = answer.json()["state"] if answer.ok else "starting"
        else:
            time.sleep(5)
        return self.browser.get(page, allow_redirects=False, timeout=120)


def run(
    *, shoppers: int, silence: float, quiet: float, within: float, answering: bool, workers: int = 2
) -> dict[str, Any]:
    """Run it. Return its figures."""
    sandbox = SandboxProcess().start()
    try:
        with fresh_database() as environ:
            processes = ShopProcesses(environ | {"WEB_CONCURRENCY": str(workers)})
            try:
                port = free_port()
                store, variant = set_up_shop(sandbox, port)
                processes.serve(port, threads=THREADS)
                people = [Shopper(store, variant, number) for number in range(shoppers)]
                return play(store, people, sandbox, silence, quiet, within, answering=answering)
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


def play(
    store: Store,
    people: list[Shopper],
    sandbox: SandboxProcess,
    silence: float,
    quiet: float,
    within: float,
    *,
    answering: bool,
) -> dict[str, Any]:
    for shopper in people:
        shopper.open_checkout()
    before = PageWatch(store.origin)
    before.start()
    time.sleep(quiet)
    quiet_p95 = before.finish()
    during = PageWatch(store.origin)
    with ThreadPoolExecutor(max_workers=len(people)) as crowd:
        if not answering:
            sandbox.pause()
        started = time.monotonic()
        during.start()
        outcomes = [crowd.submit(shopper.pay, within * random.random()) for shopper in people]
        time.sleep(silence)
        silent_p95 = during.finish()
        if not answering:
            sandbox.resume()
        counts = Counter(outcome.result() for outcome in outcomes)
    return {
        "shoppers": dict(sorted(counts.items())),
        "seconds until the last was served": round(time.monotonic() - started, 1),
        "pages before": len(before.seconds),
        "p95 before": round(quiet_p95, 3),
        "pages during": len(during.seconds),
        "p95 during": round(silent_p95, 3),
        "slowest during": round(max(during.seconds), 3),
        "page errors": dict(during.errors),
        **count_calls(store),
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
    # All in the same second alone would keep two cores busy, silence or not.
    parser.add_argument("--within", type=float, default=20.0, help="seconds in which all of them press Pay")
    parser.add_argument(
        "--answering", action="store_true", help="let NEXT answer: what the shoppers' load alone does"
    )
    options = parser.parse_args()
    print(json.dumps(run(**vars(options)), indent=2))


if __name__ == "__main__":
    main()
