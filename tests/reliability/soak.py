"""`python -m tests.reliability.soak --checkouts 2000`: many shoppers, a store that fails, and the report at the end.

Real processes over HTTP: the shop under gunicorn, the sandbox, two reconcilers of which one is killed now and
then; shoppers who click twice, decline, leave, or come back twice; a store that fails, delays, loses answers
and webhooks at random moments. DATABASE_URL names the database server; the soak makes a database of its own.
"""

import argparse
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import environment  # noqa: F401  (before Django reads its settings)

os.environ.update(CHECKOUT_POSTS_PER_MINUTE="0", NEXT_API_READ_SECONDS="3", LOG_LEVEL="CRITICAL")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import requests  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from checkout.models import PaymentIntent, ShippingMethod  # noqa: E402
from checkout.webhook_registration import register_webhook  # noqa: E402
from stores.models import Store  # noqa: E402
from tests.factories import make_product, make_store  # noqa: E402
from tests.reliability.invariants import InvariantReport, check_invariants, run_until_idle  # noqa: E402
from tests.sandbox_process import SandboxProcess  # noqa: E402
from tests.shop_fixture import SHIPPING_METHODS  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SHOPPERS = 6
NOT_STARTED = "not begun: the time was up"
ADDRESS = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "country": "US",
    "line1": "12 Main Street",
    "city": "Monsey",
    "state": "NY",
    "postal_code": "10952",
    "shipping": "standard",
}
FAULTS = [
    {"operation": operation, "when": when, **kind}
    for operation in ("ordersCreate", "ordersList", "ordersRetrieve", "*")
    for when in ("before", "after")
    for kind in (
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 504},
        {"kind": "status", "status": 429, "retry_after": 1},
        {"kind": "close"},
        {"kind": "garbage"},
        {"kind": "truncate"},
        {"kind": "delay", "seconds": 0.5},
    )
    # A store that has made an order does not say that it was asked too often.
    if not (when == "after" and kind.get("status") == 429)
] + [{"operation": "ordersCreate", "when": "after", "kind": "delay", "seconds": 4}]


@contextmanager
def fresh_database() -> Iterator[dict[str, str]]:
    """A fresh database on the server of DATABASE_URL; yields the environment that leads to it."""
    name = f"soak_{os.getpid()}"
    kept = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        name = str(Path(tempfile.gettempdir()) / f"{name}.sqlite3")
    connection.settings_dict["TEST"]["NAME"] = name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    url = os.environ["DATABASE_URL"]
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else f"{url.rpartition('/')[0]}/{name}"
    try:
        yield os.environ | {"DATABASE_URL": url}
    finally:
        connection.creation.destroy_test_db(kept, verbosity=0)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ShopProcesses:
    """The shop's processes."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.DEVNULL,
        )
        self.running.append(child)
        return child

    def serve(self, port: int) -> None:
        server = ["-m", "gunicorn", "config.wsgi", "--threads", str(SHOPPERS + 6), "--timeout", "120"]
        self.start(*server, "--bind", f"127.0.0.1:{port}", "--log-level", "critical")
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise SystemExit("the shop did not start")

    def reconcile(self) -> subprocess.Popen[bytes]:
        return self.start("manage.py", "reconcile", "--forever", "--every", "1")

    def stop(self) -> None:
        for child in self.running:
            child.terminate()
        for child in self.running:
            child.wait(timeout=60)


class FaultInjector(threading.Thread):
    """Plans faults and changes the store's manners at random moments, and kills a reconciler now and then."""

    def __init__(self, *, store: Store, processes: ShopProcesses, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.store, self.processes, self.chance = store, processes, chance
        self.over = threading.Event()
        self.planned: Counter[str] = Counter()

    def run(self) -> None:
        reconciler = self.processes.reconcile()
        self.processes.reconcile()
        while not self.over.wait(self.chance.uniform(0.1, 0.8)):
            waiting = [fault for fault in self.store.sandbox.switches()["faults"] if fault["times"]]
            if len(waiting) < 3:
                fault = self.chance.choice(FAULTS) | {"times": self.chance.randint(1, 3)}
                self.store.sandbox.switches(faults=[*waiting, fault])
                self.planned[f"{fault['operation']} {fault['kind']} {fault['when']}"] += fault["times"]
            if self.chance.random() < 0.1:
                self.change_behavior()
            if self.chance.random() < 0.03:
                reconciler.kill()
                reconciler.wait()
                self.processes.running.remove(reconciler)
                reconciler = self.processes.reconcile()
                self.planned["reconciler killed"] += 1

    def change_behavior(self) -> None:
        pick = self.chance.choice
        self.store.sandbox.switches(
            return_mode=pick(["normal", "normal", "empty_though_charged", "malformed", "never"]),
            strip_tags=self.chance.random() < 0.2,
            webhooks={"mode": pick(["normal", "late", "double", "missing", "shuffled"]), "delay": 1},
        )
        self.planned["manners changed"] += 1

    def stop_faults(self) -> None:
        """The storm is over; forget the faults that nobody met."""
        self.over.set()
        self.join()
        for fault in self.store.sandbox.switches()["faults"]:
            self.planned[f"{fault['operation']} {fault['kind']} {fault['when']}"] -= fault["times"]
        self.store.sandbox.switches(
            faults=[], return_mode="normal", strip_tags=False, webhooks={"mode": "normal"}
        )


class SoakShopper:
    """One visit of one browser, from the choice to wherever it ends."""

    def __init__(self, *, store: Store, variants: list[str], number: int, seed: int) -> None:
        self.store, self.number = store, number
        self.chance = random.Random(f"{seed} {number}")
        self.variant = self.chance.choice(variants)
        self.browser = requests.Session()
        # A connection kept open may be closed by the server just when it is used again; browsers then retry.
        self.browser.headers["Connection"] = "close"

    def visit(self) -> str:
        """Return how it ended for the shopper."""
        try:
            return self.buy()
        except requests.RequestException as error:
            return f"no answer from the shop: {type(error).__name__}"

    def buy(self) -> str:
        address = f"{self.store.origin}/checkout?variant={self.variant}"
        page = self.browser.get(address, timeout=60)
        if page.status_code != 200:
            return f"checkout page {page.status_code}"
        form = {"email": f"shopper{self.number}@example.com", **ADDRESS}
        for name in ("csrfmiddlewaretoken", "key", "total"):
            found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
            form[name] = found[1] if found else ""
        answers = self.post(address, form, times=2 if self.chance.random() < 0.1 else 1)
        if any(answer.status_code >= 500 for answer in answers):
            return "error of the shop"
        answer = answers[0]
        if answer.status_code == 409:
            return "sold out"
        if answer.status_code != 303:
            return "refused by the store"
        if "/link/" not in answer.headers["Location"]:
            return self.see_outcome(answer.headers["Location"])
        return self.at_link(answer.headers["Location"])

    def post(self, address: str, form: dict[str, str], *, times: int) -> list[requests.Response]:
        headers = {"Origin": self.store.origin}

        def send(_number: int) -> requests.Response:
            return self.browser.post(address, form, headers=headers, allow_redirects=False, timeout=90)

        if times == 1:
            return [send(0)]
        with ThreadPoolExecutor(times) as hands:
            return list(hands.map(send, range(times)))

    def at_link(self, address: str) -> str:
        action = self.chance.choices(["pay", "decline", "abandon"], [80, 10, 10])[0]
        answer = self.store.sandbox.pay(address, action)
        comes_back = self.chance.choices([0, 1, 2], [15, 70, 15])[0]
        response = answer["response"]
        if action == "abandon" or not comes_back or response is None:
            return "left after paying" if action == "pay" else "left without paying"
        for _ in range(comes_back):
            back = requests.post(
                answer["return_url"],
                {"response": response},
                headers={"Origin": "null"},
                allow_redirects=False,
                timeout=60,
            )
            if back.status_code != 303:
                return f"error on the way back: {back.status_code}"
        return self.see_outcome(back.headers["Location"])

    def see_outcome(self, path: str) -> str:
        page = self.browser.get(self.store.origin + path, allow_redirects=False, timeout=60)
        if page.status_code == 303:
            return "thanked"
        if page.status_code != 200:
            return f"error after the return: {page.status_code}"
        page, _mark, query = path.partition("?")
        address = f"{self.store.origin}{page}/state?{query}"
        state = self.browser.get(address, timeout=60).json()["state"]
        return f"told: {state}"


def set_up_store(sandbox: SandboxProcess, port: int, checkouts: int) -> tuple[Store, dict[str, int]]:
    """A shop with two things that run short and one that does not; and how many of each."""
    catalog: dict[str, Any] = {"products": [], "shipping_methods": SHIPPING_METHODS, "gateways": []}
    sandbox_store = sandbox.create_store(catalogue=catalog)
    store = make_store(
        host=f"127.0.0.1:{port}",
        next_api_url=sandbox_store.next_api_url,
        access_token=sandbox_store.token,
        webhook_secret=sandbox_store.webhook_secret,
    )
    store.sandbox = sandbox_store
    lamps = make_product(
        store, name="Desk lamp", options={"Color": ["Black", "White"]}, stock=max(checkouts // 4, 2)
    )
    bulbs = make_product(store, name="Light bulb", price="7.50", stock=checkouts)
    ShippingMethod.objects.bulk_create(
        ShippingMethod(
            store=store,
            refreshed_at=timezone.now(),
            **{name: method[name] for name in ("code", "name", "delivery_time", "countries", "prices")},
        )
        for method in SHIPPING_METHODS
    )
    sandbox_store.switches(webhooks={"retry_seconds": [0.2, 0.5, 1, 2, 2, 4, 4, 8, 8, 15]})
    began = {
        variant.pk: variant.inventory_quantity
        for product in (lamps, bulbs)
        for variant in product.variants.all()
    }
    return store, began


def run_soak(*, checkouts: int, seed: int, seconds: float) -> tuple[dict[str, Any], InvariantReport]:
    """Run it; return the figures and the report."""
    sandbox = SandboxProcess().start()
    began_at = time.monotonic()
    try:
        with fresh_database() as environ:
            processes = ShopProcesses(environ)
            try:
                port = free_port()
                store, began = set_up_store(sandbox, port, checkouts)
                processes.serve(port)
                register_webhook(store=store)
                store.sandbox.clear_requests()
                injector = FaultInjector(store=store, processes=processes, chance=random.Random(seed))
                injector.start()
                told = run_shoppers(store, list(began), checkouts, seed, seconds)
                injector.stop_faults()
                store.sandbox.wait_for_deliveries(timeout=120)
            finally:
                processes.stop()
            done = run_until_idle(limit=checkouts * 2)
            report = check_invariants(store, store.sandbox.charges(), began)
            intents = Counter(PaymentIntent.objects.values_list("status", flat=True))
    finally:
        sandbox.stop()
    figures = {
        "checkouts": checkouts - told.pop(NOT_STARTED, 0),
        "seconds": round(time.monotonic() - began_at),
        "shoppers": dict(sorted(told.items())),
        "faults injected": sum(injector.planned.values()),
        "of these": dict(sorted(injector.planned.items())),
        "payment intents": dict(sorted(intents.items())),
        "done after the storm": dict(sorted(done.items())),
        "charges": report.charges,
        "orders paid": report.paid,
        "reviews": report.reviews,
        "lost": len(report.lost),
        "doubled": len(report.doubled),
        "left open": len(report.left_open),
        "wrong": len(report.wrong),
    }
    return figures, report


def run_shoppers(
    store: Store, variants: list[str], checkouts: int, seed: int, seconds: float
) -> Counter[str]:
    until = time.monotonic() + seconds

    def visit(number: int) -> str:
        if time.monotonic() > until:
            return NOT_STARTED
        return SoakShopper(store=store, variants=variants, number=number, seed=seed).visit()

    with ThreadPoolExecutor(SHOPPERS) as crowd:
        return Counter(crowd.map(visit, range(checkouts)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.soak", description=__doc__)
    parser.add_argument("--checkouts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=7200, help="begin no more visits after so long")
    given = parser.parse_args()
    figures, report = run_soak(checkouts=given.checkouts, seed=given.seed, seconds=given.seconds)
    print(json.dumps(figures, indent=2))
    for fault in report.faults:
        print(fault)
    bad = [told for told in figures["shoppers"] if told.startswith(("error", "no answer", "checkout page"))]
    return 1 if report.faults or bad else 0


if __name__ == "__main__":
    sys.exit(main())
