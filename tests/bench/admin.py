"""`make bench-admin`: the cost of each list at 100,000 rows, and of home and reports at 1,000,000 orders.

Needs PostgreSQL: `python -m tests.postgres python -m tests.bench.admin [rows] [orders] [word of a name]`.
Times are of the processor, so that other load on the machine matters little: of this process, and of the
database's process that serves it.
"""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from catalog.models import LinkVariant, Product
from config.admin_reports import REPORTS
from orders.models import Order, StoreFigures
from orders.reports.periods import PRESET_DAYS
from orders.reports.summing import list_days_to_sum, schedule_figures, sum_day
from stores.models import Store, StoreChoice
from subscriptions.models import Subscription, SubscriptionLine
from tests.accounts.admin_pages import make_samples
from tests.bench.seed_lists import seed_lists
from tests.bench.seed_orders import seed_orders
from tests.factories import make_store

CALLS = 5
LISTS = (
    *("orders_order", "orders_orderreview", "orders_customer", "orders_notification", "catalog_product"),
    *("catalog_paymentlink", "subscriptions_subscription", "subscriptions_invoice"),
    *("checkout_paymentintent", "checkout_webhookevent", "checkout_upsellattempt", "admin_logentry"),
)
ORDER_FILTERS = (
    *("status__exact=Paid", "status__exact=Canceled", "payment=paid", "payment=unpaid", "payment=refunded"),
    *("to_ship=yes", "in_review=yes", "in_review=no", "is_test__exact=0", "is_test__exact=1"),
    *("placed_from={day}&placed_to={day}", "placed_to={day}", "product=shirt", "product=prod_7"),
    *("product={word}", "link=plink_7", "link={word}", "country=US", "country=DE", "country=AT", "tag=gift"),
    *("customer={customer}", "q={word}", "q={number}", "q=zzzz", "q=a", "country=AT&status__exact=Paid"),
    "p=99",
)
OTHER_LISTS = (
    *("orders_customer?q={word}", "orders_notification?q={word}", "orders_notification?kind=confirmation"),
    *("orders_orderreview?state=all", "catalog_product?q={word}", "catalog_product?q=zzzz"),
    *("catalog_product?q=shirt", "catalog_product?active__exact=0", "catalog_product?problem=not_in_next"),
    *("catalog_paymentlink?q={word}", "catalog_paymentlink?q=shirt", "catalog_paymentlink?state=closed"),
    *("subscriptions_subscription?q={word}", "subscriptions_subscription?status__exact=past_due"),
    *("orders_notification?state=failed", "subscriptions_invoice?q={word}"),
    *("subscriptions_invoice?status__exact=uncollectible", "checkout_paymentintent?q={word}"),
    *(
        "checkout_paymentintent?status__exact=declined",
        "checkout_webhookevent?q={word}",
        "checkout_webhookevent?event_type=order.refunded",
    ),
    *("checkout_upsellattempt?q={word}", "checkout_upsellattempt?answer=charged"),
)
SHOP_PAGES = ("/", "/?q={word}", "/?q=zzzz", "/?q=shirt")


@dataclass(frozen=True)
class Cost:
    """What a page costs, in milliseconds of processor time."""

    queries: int
    python: float
    database: float

    def __str__(self) -> str:
        return f"{self.queries:9}{self.python:10.0f}{self.database:10.0f}{self.python + self.database:10.0f}"


def main(rows: int, orders: int) -> None:
    if connection.vendor != "postgresql":
        sys.exit("This benchmark needs PostgreSQL: make bench-admin")
    call_command("migrate", verbosity=0)
    samples = make_samples()
    store = samples[Product].store
    samples |= {
        LinkVariant: LinkVariant.objects.first(),
        SubscriptionLine: samples[Subscription].lines.create(next_line_id=1, price=9),
    }
    staff, user = Client(), User.objects.create_superuser("bench", password="bench")
    staff.force_login(user)
    # With a second store, every list is filtered by the chosen one.
    make_store(host="other.example")
    StoreChoice.objects.create(user=user, store=store)
    seed_orders(store=store, total=rows)
    seed_lists(samples, total=rows)
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    words = choose_words()
    print_heading(f"{rows:,} rows")
    for name in LISTS:
        print_cost(name, staff, reverse(f"admin:{name}_changelist"))
    for query in ORDER_FILTERS:
        text = query.format(**words)
        print_cost(f"orders: {query}", staff, f"{reverse('admin:orders_order_changelist')}?{text}")
    for address in OTHER_LISTS:
        name, _mark, query = address.format(**words).partition("?")
        print_cost(address, staff, f"{reverse(f'admin:{name}_changelist')}?{query}")
    for address in SHOP_PAGES:
        print_cost(f"shop: {address}", Client(), address.format(**words))
    seed_orders(store=store, total=orders)
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    print_reports(staff, store, orders)


def print_reports(staff: Client, store: Store, orders: int) -> None:
    """Print the costs of home and of each report: counted, and with the sums of past days."""
    print_heading(f"{orders:,} orders, nothing added up")
    print_cost("home, 30 days", staff, "/admin/")
    schedule_figures()
    figures = StoreFigures.objects.select_related("store").get(store=store)
    days = list_days_to_sum(figures)
    started = time.process_time(), read_database_time()
    for date in days:
        sum_day(figures, date)
    spent = (time.process_time() - started[0]) * 1000, read_database_time() - started[1]
    print(f"{len(days)} days added up: {sum(spent) / max(len(days), 1):.0f} ms each")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print_heading(f"{orders:,} orders, past days added up")
    for number in PRESET_DAYS:
        print_cost(f"home, {number} days", staff, f"/admin/?days={number}")
    for report in REPORTS:
        for number in (30, 365):
            address = f"{reverse(f'admin:report_{report.name}')}?days={number}"
            print_cost(f"report {report.name}, {number} days", staff, address)
    print_cost("report sales, 365 days, CSV", staff, f"{reverse('admin:report_sales')}?days=365&format=csv")


def choose_words() -> dict[str, Any]:
    """Return a rare word of a name, an order, a day, and a customer, to search and filter by."""
    order = Order.objects.exclude(customer=None).order_by("external_id")[3]
    return {
        "word": order.name.split()[1],
        "number": order.number,
        "customer": order.customer_id,
        "day": order.created_at.date().isoformat(),
    }


def print_heading(text: str) -> None:
    print(f"\n{text:44}{'queries':>9}{'Python':>10}{'database':>10}{'ms':>10}", flush=True)


def print_cost(name: str, client: Client, address: str) -> None:
    print(f"{name:44}{measure(client, address)}", flush=True)


def measure(client: Client, address: str, *, before: Callable[[], object] = lambda: None) -> Cost:
    """Return the median cost of a page. Call `before` each time, which isn't part of it."""
    before()
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
        count = len(queries)
    assert response.status_code == 200, (address, response.status_code)
    costs = []
    for _call in range(CALLS):
        before()
        started = time.process_time(), read_database_time()
        client.get(address)
        python, database = time.process_time() - started[0], read_database_time() - started[1]
        costs.append((python * 1000, database))
    python, database = (statistics.median(column) for column in zip(*costs, strict=True))
    return Cost(count, python, database)


def read_database_time() -> float:
    """Return the milliseconds that the database's process of this connection has worked."""
    assert connection.connection is not None
    text = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return int(text.split()[0]) / 1e6


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    main(*(numbers or [100_000, 1_000_000]))
