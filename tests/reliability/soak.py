"""`python -m tests.reliability.soak --checkouts 2000`: many shoppers, random faults, and a report.

Real processes talk over HTTP: the storefront under gunicorn, the sandbox, and two reconcilers, one of which
is killed now and then. Shoppers use codes, click twice, decline, leave, come back twice, or accept an upsell.
Staff refund, and products are synced all the time. The sandbox taxes, fails, delays and loses responses and
webhooks at random, refuses what it has done, receives calls twice, lists too little, and answers absurdly. At
the end, forgotten payment pages are paid. DATABASE_URL names the database server; the soak creates its own
database there.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests import environment  # noqa: F401  (before Django reads its settings)

os.environ.update(CHECKOUTS_PER_MINUTE="0", NEXT_API_READ_SECONDS="3", WEB_THREADS="99", LOG_LEVEL="CRITICAL")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.db.models import F  # noqa: E402

from catalog.models import Variant  # noqa: E402
from checkout.models import PaymentIntent  # noqa: E402
from checkout.webhook_registration import register_webhook  # noqa: E402
from stores.models import Store  # noqa: E402
from tests.factories import make_product, make_store, publish  # noqa: E402
from tests.ports import free_port  # noqa: E402
from tests.reliability.invariants import InvariantReport, check_invariants, run_until_idle  # noqa: E402
from tests.reliability.soak_actors import FaultInjector, ProductSyncer, StaffMember  # noqa: E402
from tests.reliability.soak_processes import ShopProcesses, fresh_database  # noqa: E402
from tests.reliability.soak_shopper import SoakShopper  # noqa: E402
from tests.sandbox_process import SandboxProcess  # noqa: E402
from tests.shop_fixture import SHIPPING_METHODS, make_shipping_methods  # noqa: E402
from tests.upsells.helpers import make_upsell  # noqa: E402

SHOPPERS = 6
# Beside what the shoppers buy, so that a short product list lacks more than a few products.
OTHER_PRODUCTS = 8
NOT_STARTED = "not started: out of time"
COUPON = {"code": "WELCOME10", "name": "Welcome", "kind": "percent", "value": "10"}


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


def set_up_store(sandbox: SandboxProcess, port: int, checkouts: int) -> tuple[Store, list[str]]:
    """Create a store with two variants that run short and one that doesn't. Return it and their ids."""
    catalog: dict[str, Any] = {"products": [], "shipping_methods": SHIPPING_METHODS, "gateways": []}
    sandbox_store = sandbox.create_store(catalogue=catalog, page_size=4)
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
    for number in range(OTHER_PRODUCTS):
        make_product(store, name=f"Shade {number}", options={"Color": ["Black", "White"]})
    make_shipping_methods(store, SHIPPING_METHODS)
    set_up_taxes_and_discounts(store)
    sandbox_store.switches(webhooks={"retry_seconds": [0.2, 0.5, 1, 2, 2, 4, 4, 8, 8, 15]})
    return store, [variant.pk for product in (lamps, bulbs) for variant in product.variants.all()]


def pay_forgotten_pages(store: Store, rng: random.Random) -> int:
    """Pay half of the open payment pages. Nobody comes back, and no webhook tells. Return how many.

    They belong to shoppers who left, and to calls that the network delivered twice.
    """
    store.sandbox.switches(webhooks={"mode": "missing"})
    pages = [page for page in store.sandbox.payments() if page["status"] == "open" and rng.random() < 0.5]
    for page in pages:
        store.sandbox.pay(page["token"])
    return len(pages)


def list_stock_in_next(store: Store) -> dict[str, int]:
    """Return the stock that the sandbox has of each of our variants."""
    stock: dict[int, int] = {}
    path = "products/"
    while path:
        page = store.sandbox.call("GET", path).json()
        for variant in (variant for product in page["results"] for variant in product["variants"]):
            stock[variant["id"]] = sum(record["num_in_stock"] for record in variant["stockrecords"])
        path = page["next"]
    variants = Variant.objects.filter(product__store=store)
    return {variant.pk: stock[variant.next_variant_id] for variant in variants}


def run_soak(*, checkouts: int, seed: int, seconds: float) -> tuple[dict[str, Any], InvariantReport]:
    """Run the soak. Return its figures and the invariant report."""
    sandbox = SandboxProcess().start()
    started_at = time.monotonic()
    try:
        with fresh_database() as environ:
            processes = ShopProcesses(environ)
            try:
                port = free_port()
                store, variants = set_up_store(sandbox, port, checkouts)
                processes.serve(port)
                register_webhook(store=store)
                store.sandbox.clear_requests()
                injector = FaultInjector(store=store, processes=processes, rng=random.Random(seed))
                injector.start()
                staff = StaffMember(store=store, rng=random.Random(seed))
                staff.start()
                syncer = ProductSyncer(store=store, rng=random.Random(seed))
                syncer.start()
                outcomes = run_shoppers(store, variants, checkouts, seed, seconds)
                staff.stop()
                syncer.stop()
                late_payments = pay_forgotten_pages(store, random.Random(seed))
                injector.stop_faults()
                store.sandbox.wait_for_deliveries(timeout=120)
            finally:
                processes.stop()
            done = run_until_idle(limit=checkouts * 2)
            not_on_sale = syncer.find_what_is_off_sale()
            report = check_invariants(
                store, store.sandbox.charges(), next_stock=list_stock_in_next(store), may_overstate=True
            )
            report.wrong += not_on_sale
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
        "late payments": late_payments,
        "product syncs": dict(sorted(syncer.outcomes.items())),
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
