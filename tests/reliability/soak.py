"""`python -m tests.reliability.soak --checkouts 2000`: many shoppers, random faults, and a report.

Real processes talk over HTTP: the storefront under gunicorn, the sandbox, and two reconcilers, one of which
is killed now and then. Shoppers use codes, click twice, decline, leave, come back twice, or accept an upsell.
Staff refund. The sandbox taxes, fails, delays and loses responses and webhooks at random, refuses what it has
done, and receives calls twice. DATABASE_URL names the database server; the soak creates its own database
there.
"""

import argparse
import html
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests import environment  # noqa: F401  (before Django reads its settings)

os.environ.update(CHECKOUT_POSTS_PER_MINUTE="0", NEXT_API_READ_SECONDS="3", LOG_LEVEL="CRITICAL")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import requests  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import F  # noqa: E402

from catalog.models import Variant  # noqa: E402
from checkout.models import PaymentIntent  # noqa: E402
from checkout.webhook_registration import register_webhook  # noqa: E402
from nextcommerce.errors import NextApiError  # noqa: E402
from orders import refunds  # noqa: E402
from orders.models import Order  # noqa: E402
from orders.refunds import RefundInput, full_refund_input  # noqa: E402
from stores.errors import Problem  # noqa: E402
from stores.models import Store  # noqa: E402
from tests.factories import (  # noqa: E402
    make_product,
    make_store,
    publish,
)
from tests.ports import free_port, wait_for_port  # noqa: E402
from tests.reliability.invariants import InvariantReport, check_invariants, run_until_idle  # noqa: E402
from tests.sandbox_process import SandboxProcess  # noqa: E402
from tests.shop_fixture import SHIPPING_METHODS, make_shipping_methods  # noqa: E402
from tests.upsells.helpers import make_upsell  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SHOPPERS = 6
NOT_STARTED = "not started: out of time"
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
    # NEXT never throttles a call after it has created the order.
    if not (when == "after" and kind.get("status") == 429)
] + [{"operation": "ordersCreate", "when": "after", "kind": "delay", "seconds": 4}]
MONEY_CALLS = ("ordersCreate", "ordersAddLineItemsCreate", "ordersRefundCreate")
FAULTS += [
    {"operation": operation, "when": "after", "kind": "status", "status": status}
    for operation in MONEY_CALLS
    for status in (400, 404, 409, 422, 429)
]
FAULTS += [
    *({"operation": operation, "when": "before", "kind": "repeat"} for operation in MONEY_CALLS),
    *(
        {"operation": operation, "when": "before", "kind": kind}
        for operation, kinds in (
            ("ordersRetrieve", ("stale", "foreign_order")),
            ("ordersList", ("empty_list", "short_list")),
        )
        for kind in kinds
    ),
]
COUPON = {"code": "WELCOME10", "name": "Welcome", "kind": "percent", "value": "10"}


@contextmanager
def fresh_database() -> Iterator[dict[str, str]]:
    """Create a database on the server of DATABASE_URL. Yield the environment for processes that use it."""
    name = f"soak_{os.getpid()}"
    original_name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        name = str(Path(tempfile.gettempdir()) / f"{name}.sqlite3")
    connection.settings_dict["TEST"]["NAME"] = name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    url = os.environ["DATABASE_URL"]
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else f"{url.rpartition('/')[0]}/{name}"
    try:
        yield os.environ | {"DATABASE_URL": url}
    finally:
        connection.creation.destroy_test_db(original_name, verbosity=0)


class ShopProcesses:
    """The storefront's processes: web server and reconcilers."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start Python with `command` and keep the process for `stop`."""
        child = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.DEVNULL,
        )
        self.running.append(child)
        return child

    def serve(self, port: int) -> None:
        """Start the web server and wait until it accepts connections."""
        server = ["-m", "gunicorn", "config.wsgi", "--threads", str(SHOPPERS + 6), "--timeout", "120"]
        self.start(*server, "--bind", f"127.0.0.1:{port}", "--log-level", "critical")
        wait_for_port(port)

    def reconcile(self) -> subprocess.Popen[bytes]:
        return self.start("manage.py", "reconcile", "--forever", "--every", "1")

    def stop(self) -> None:
        for child in self.running:
            child.terminate()
        for child in self.running:
            child.wait(timeout=60)


class FaultInjector(threading.Thread):
    """Plans faults and changes the sandbox's behavior at random, and kills a reconciler now and then."""

    def __init__(self, *, store: Store, processes: ShopProcesses, rng: random.Random) -> None:
        super().__init__(daemon=True)
        self.store, self.processes, self.rng = store, processes, rng
        self.stopped = threading.Event()
        self.planned: Counter[str] = Counter()

    def run(self) -> None:
        reconciler = self.processes.reconcile()
        self.processes.reconcile()
        while not self.stopped.wait(self.rng.uniform(0.1, 0.8)):
            pending = [fault for fault in self.store.sandbox.switches()["faults"] if fault["times"]]
            if len(pending) < 3:
                fault = self.rng.choice(FAULTS) | {"times": self.rng.randint(1, 3)}
                self.store.sandbox.switches(faults=[*pending, fault])
                self.planned[f"{fault['operation']} {fault['kind']} {fault['when']}"] += fault["times"]
            if self.rng.random() < 0.1:
                self.change_behavior()
            if self.rng.random() < 0.03:
                reconciler.kill()
                reconciler.wait()
                self.processes.running.remove(reconciler)
                reconciler = self.processes.reconcile()
                self.planned["reconciler kills"] += 1

    def change_behavior(self) -> None:
        """Choose at random how the sandbox returns shoppers and delivers webhooks."""
        pick = self.rng.choice
        self.store.sandbox.switches(
            return_mode=pick(["normal", "normal", "empty_though_charged", "malformed", "never"]),
            strip_tags=self.rng.random() < 0.2,
            webhooks={"mode": pick(["normal", "late", "double", "missing", "shuffled"]), "delay": 1},
        )
        self.planned["behavior changes"] += 1

    def stop_faults(self) -> None:
        """Stop, turn every fault off, and don't count the ones that never happened."""
        self.stopped.set()
        self.join()
        for fault in self.store.sandbox.switches()["faults"]:
            self.planned[f"{fault['operation']} {fault['kind']} {fault['when']}"] -= fault["times"]
        self.store.sandbox.switches(
            faults=[], return_mode="normal", strip_tags=False, webhooks={"mode": "normal"}
        )


class StaffMember(threading.Thread):
    """Refunds at random: an amount, one unit, shipping or everything."""

    def __init__(self, *, store: Store, rng: random.Random) -> None:
        super().__init__(daemon=True)
        self.store, self.rng = store, rng
        self.stopped = threading.Event()
        self.outcomes: Counter[str] = Counter()

    def run(self) -> None:
        while not self.stopped.wait(self.rng.uniform(0.3, 1.5)):
            paid = Order.objects.filter(store=self.store, paid_at__isnull=False).select_related("store")
            order = paid.order_by("?").first()
            if order is not None:
                self.refund(order)
        connection.close()

    def refund(self, order: Order) -> None:
        """Calculate a refund and confirm it, sometimes with two clicks."""
        what = self.rng.choice(["amount", "one", "shipping", "everything"])
        refund_input = {
            "amount": RefundInput(amount=Decimal("1.00")),
            "one": RefundInput(quantities={order.items.all()[0].pk: 1}),
            "shipping": RefundInput(shipping=True),
            "everything": full_refund_input(order),
        }[what]
        before = order.refunded_amount
        try:
            quote = refunds.fetch_refund_quote(order=order, refund_input=refund_input)
            for _ in range(self.rng.choice([1, 1, 2])):
                refunds.issue_refund(
                    order=order,
                    refund_input=refund_input,
                    expected=quote.amount,
                    refunded_before=before,
                    actor="kim",
                )
        except (Problem, NextApiError) as refused:
            self.outcomes[f"{what}: {type(refused).__name__}"] += 1
        else:
            self.outcomes[f"{what}: refunded"] += 1

    def stop(self) -> None:
        self.stopped.set()
        self.join()


class SoakShopper:
    """One visit of one browser, from the checkout page to its outcome."""

    def __init__(self, *, store: Store, variants: list[str], number: int, seed: int) -> None:
        self.store, self.number = store, number
        self.rng = random.Random(f"{seed} {number}")
        self.variant = self.rng.choice(variants)
        self.browser = requests.Session()
        # A server may close a kept-alive connection just as it is reused. Unlike browsers, requests fails.
        self.browser.headers["Connection"] = "close"

    def visit(self) -> str:
        """Return how the visit ended for the shopper."""
        try:
            return self.buy()
        except requests.RequestException as error:
            return f"no response: {type(error).__name__}"

    def buy(self) -> str:
        """Check out and pay. Return the outcome."""
        address = f"{self.store.origin}/checkout?variant={self.variant}"
        form = {"email": f"shopper{self.number}@example.com", **ADDRESS}
        if self.rng.random() < 0.3:
            address, form["code"] = f"{address}&code=WELCOME10", "WELCOME10"
        page = self.browser.get(address, timeout=60)
        if page.status_code != 200:
            return f"checkout page {page.status_code}"
        answers = self.post(address, fill_in(form, page), times=2 if self.rng.random() < 0.1 else 1)
        if answers[0].status_code == 200:  # the address or the code changed the total: agree to it
            answers = self.post(address, fill_in(form, answers[0]), times=1)
        if any(answer.status_code >= 500 for answer in answers):
            return "server error"
        answer = answers[0]
        if answer.status_code == 409:
            return "sold out"
        if answer.status_code != 303:
            return "payment refused"
        if "/link/" not in answer.headers["Location"]:
            return self.see_outcome(answer.headers["Location"])
        return self.pay_at_link(answer.headers["Location"])

    def post(self, address: str, form: dict[str, str], *, times: int) -> list[requests.Response]:
        """Post the form `times` times at the same time."""
        headers = {"Origin": self.store.origin}

        def send(_number: int) -> requests.Response:
            return self.browser.post(address, form, headers=headers, allow_redirects=False, timeout=90)

        if times == 1:
            return [send(0)]
        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(send, range(times)))

    def pay_at_link(self, address: str) -> str:
        """Pay, decline or leave at Link, and come back up to twice. Return the outcome."""
        action = self.rng.choices(["pay", "decline", "abandon"], [80, 10, 10])[0]
        answer = self.store.sandbox.pay(address, action)
        return_count = self.rng.choices([0, 1, 2], [15, 70, 15])[0]
        response = answer["response"]
        if action == "abandon" or not return_count or response is None:
            return "left after paying" if action == "pay" else "left without paying"
        for _ in range(return_count):
            back = requests.post(
                answer["return_url"],
                {"response": response},
                headers={"Origin": "null"},
                allow_redirects=False,
                timeout=60,
            )
            if back.status_code != 303:
                return f"error at the return: {back.status_code}"
        return self.see_outcome(back.headers["Location"])

    def see_outcome(self, path: str) -> str:
        """Open the payment page. Return what it shows."""
        page = self.browser.get(self.store.origin + path, allow_redirects=False, timeout=60)
        if page.status_code == 303:
            return self.answer_upsell(page.headers["Location"])
        if page.status_code != 200:
            return f"error after the return: {page.status_code}"
        page, _mark, query = path.partition("?")
        address = f"{self.store.origin}{page}/state?{query}"
        state = self.browser.get(address, timeout=60).json()["state"]
        return f"shown: {state}"

    def answer_upsell(self, path: str) -> str:
        """Follow to the page after the payment, and accept or decline the upsell it may show."""
        page = self.browser.get(self.store.origin + path, timeout=60)
        if page.status_code != 200:
            return f"error after the payment: {page.status_code}"
        answer_path = re.search(r'action="([^"]*/upsell/[^"]*/answer)"', page.text)
        if not answer_path:
            return "thank-you page"
        address = self.store.origin + answer_path[1].removeprefix(self.store.origin)
        choice = self.rng.choice(["yes", "yes", "no"])
        (answer,) = self.post(address, fill_in({"answer": choice}, page), times=1)
        return (
            f"error at the upsell: {answer.status_code}" if answer.status_code != 303 else f"upsell: {choice}"
        )


def fill_in(form: dict[str, str], page: requests.Response) -> dict[str, str]:
    """Return the form with the hidden fields of the page."""
    hidden = dict(form)
    for name in ("csrfmiddlewaretoken", "key", "shown"):
        found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
        hidden[name] = html.unescape(found[1]) if found else ""
    return hidden


def set_up_taxes_and_discounts(store: Store) -> None:
    """Add a tax that the shop knows, a code, and an upsell."""
    rate = {"country": "US", "percent": "8.875", "title": "Sales tax", "taxes_shipping": True}
    store.sandbox.set_taxes(rate, mode="exclusive")
    store.sandbox.set_discounts(coupons=[COUPON])
    store.tax_mode = "added"
    store.save(update_fields=["tax_mode"])
    store.tax_rates.create(country="US", name="Sales tax", rate="8.875", taxes_shipping=True)
    Variant.objects.update(next_price=F("price"))
    publish(store)
    make_upsell(store)


def set_up_store(sandbox: SandboxProcess, port: int, checkouts: int) -> tuple[Store, dict[str, int]]:
    """Create a store with two variants that run short and one that doesn't; return the initial stock too."""
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
    make_shipping_methods(store, SHIPPING_METHODS)
    set_up_taxes_and_discounts(store)
    sandbox_store.switches(webhooks={"retry_seconds": [0.2, 0.5, 1, 2, 2, 4, 4, 8, 8, 15]})
    initial_stock = {
        variant.pk: variant.inventory_quantity
        for product in (lamps, bulbs)
        for variant in product.variants.all()
    }
    return store, initial_stock


def run_soak(*, checkouts: int, seed: int, seconds: float) -> tuple[dict[str, Any], InvariantReport]:
    """Run the soak. Return its figures and the invariant report."""
    sandbox = SandboxProcess().start()
    started_at = time.monotonic()
    try:
        with fresh_database() as environ:
            processes = ShopProcesses(environ)
            try:
                port = free_port()
                store, initial_stock = set_up_store(sandbox, port, checkouts)
                processes.serve(port)
                register_webhook(store=store)
                store.sandbox.clear_requests()
                injector = FaultInjector(store=store, processes=processes, rng=random.Random(seed))
                injector.start()
                staff = StaffMember(store=store, rng=random.Random(seed))
                staff.start()
                outcomes = run_shoppers(store, list(initial_stock), checkouts, seed, seconds)
                staff.stop()
                injector.stop_faults()
                store.sandbox.wait_for_deliveries(timeout=120)
            finally:
                processes.stop()
            done = run_until_idle(limit=checkouts * 2)
            report = check_invariants(store, store.sandbox.charges(), initial_stock)
            intents = Counter(PaymentIntent.objects.values_list("status", flat=True))
    finally:
        sandbox.stop()
    figures = {
        "checkouts": checkouts - outcomes.pop(NOT_STARTED, 0),
        "seconds": round(time.monotonic() - started_at),
        "shoppers": dict(sorted(outcomes.items())),
        "faults injected": sum(injector.planned.values()),
        "faults by kind": dict(sorted(injector.planned.items())),
        "payment intents": dict(sorted(intents.items())),
        "done after the faults": dict(sorted(done.items())),
        "staff": dict(sorted(staff.outcomes.items())),
        "charges": report.charges,
        "upsells": report.upsells,
        "refunds": report.refunds,
        "second orders": report.second_orders,
        "orders paid": report.paid,
        "reviews": report.reviews,
        "reviews closed": report.reviews_closed,
        "lost": len(report.lost),
        "unseen": len(report.unseen),
        "doubled": len(report.doubled),
        "left open": len(report.left_open),
        "wrong": len(report.wrong),
    }
    return figures, report


def run_shoppers(
    store: Store, variants: list[str], checkouts: int, seed: int, seconds: float
) -> Counter[str]:
    """Let `checkouts` shoppers visit, SHOPPERS at a time. Return counts by outcome."""
    deadline = time.monotonic() + seconds

    def visit(number: int) -> str:
        if time.monotonic() > deadline:
            return NOT_STARTED
        return SoakShopper(store=store, variants=variants, number=number, seed=seed).visit()

    with ThreadPoolExecutor(SHOPPERS) as pool:
        return Counter(pool.map(visit, range(checkouts)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.soak", description=__doc__)
    parser.add_argument("--checkouts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=7200, help="start no visits after this time")
    options = parser.parse_args()
    figures, report = run_soak(checkouts=options.checkouts, seed=options.seed, seconds=options.seconds)
    print(json.dumps(figures, indent=2))
    for fault in report.faults:
        print(fault)
    bad_starts = ("error", "server error", "no response", "checkout page")
    bad = [outcome for outcome in figures["shoppers"] if outcome.startswith(bad_starts)]
    return 1 if report.faults or bad else 0


if __name__ == "__main__":
    sys.exit(main())
