"""`make bench-orders`: measure the orders API and the admin at 10,000 and at 1,000,000 orders.

Needs PostgreSQL: `python -m tests.postgres python -m tests.bench.orders [few] [many]`.
"""

import itertools
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts.models import User
from orders.models import Order
from tests.api_client import ApiClient
from tests.bench.seed_orders import seed_orders
from tests.factories import make_store

CALLS = 60
Steps = dict[str, Callable[[int], Any]]


def main(few: int, many: int) -> None:
    if connection.vendor != "postgresql":
        sys.exit("This benchmark needs PostgreSQL: python -m tests.postgres python -m tests.bench.orders")
    call_command("migrate", verbosity=0)
    store = make_store()
    api = ApiClient(store).client  # without the check of each response
    staff = Client()
    staff.force_login(User.objects.create_superuser("bench", password="bench"))
    columns = []
    for total in (few, many):
        seed_orders(store=store, total=total)
        columns.append({name: measure_step(step) for name, step in build_steps(api, staff, total).items()})
    print_growth(few, many, columns)


def build_steps(api: Client, staff: Client, total: int) -> Steps:
    """Return the benchmark's steps. Each takes the call's number, so that no two calls are the same."""
    rows = Order.objects.order_by("external_id").values("number", "name", "email")[: CALLS + 5]
    samples = list(itertools.islice(itertools.cycle(rows), CALLS + 5))
    steps: Steps = {
        "API: first page": lambda _call: api.get("/v1/orders"),
        "API: page 1,000": lambda call: api.get(
            f"/v1/orders?page={max(min(1000, total // 10) - call % 10, 1)}"
        ),
        "API: page 1,000 of 100": lambda call: api.get(
            f"/v1/orders?page={max(min(1000, total // 100) - call % 10, 1)}&page_size=100"
        ),
        "API: by status": lambda _call: api.get("/v1/orders?status=Shipping"),
        "API: search, number": lambda call: api.get(f"/v1/orders?search={samples[call]['number']}"),
        "API: search, part of a name": lambda call: api.get(
            f"/v1/orders?search={samples[call]['name'].split()[1].upper()}"
        ),
        "API: search, part of an email": lambda call: api.get(
            f"/v1/orders?search={samples[call]['email'][:7]}"
        ),
        "API: search and status": lambda call: api.get(
            f"/v1/orders?search={samples[call]['name'][:5]}&status=Paid"
        ),
        "API: search, two letters": lambda call: api.get(f"/v1/orders?search={samples[call]['name'][1:3]}"),
        "API: search, common to most": lambda call: api.get(f"/v1/orders?search=example.{'com'[: call % 4]}"),
        "API: one order": lambda call: api.get(f"/v1/orders/{samples[call]['number']}"),
    }
    if admin.site.is_registered(Order):
        steps |= {
            "Admin: first page": lambda _call: staff.get("/admin/"),
            "Admin: first page, a week": lambda _call: staff.get("/admin/?days=7"),
            "Admin: search everything": lambda call: staff.get(
                f"/admin/search/?q={samples[call]['email'][:7]}"
            ),
            "Admin: orders": lambda _call: staff.get("/admin/orders/order/"),
            "Admin: orders, search": lambda call: staff.get(
                f"/admin/orders/order/?q={samples[call]['email'][:7]}"
            ),
        }
    return steps


def measure_step(step: Callable[[int], Any]) -> tuple[float, float]:
    """Return the p50 and p95 of one step in milliseconds."""
    for call in range(3):
        assert step(CALLS + call).status_code == 200
    times = []
    for call in range(CALLS):
        started = time.perf_counter()
        response = step(call)
        times.append((time.perf_counter() - started) * 1000)
        assert response.status_code == 200, response
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def print_growth(few: int, many: int, columns: list[dict[str, tuple[float, float]]]) -> None:
    print(f"{'milliseconds':34}{f'{few:,} orders':>20}{f'{many:,} orders':>22}{'growth':>10}")
    print(f"{'':34}{'p50':>10}{'p95':>10}{'p50':>12}{'p95':>10}{'p50':>10}")
    for name, (p50, p95) in columns[0].items():
        more50, more95 = columns[1][name]
        print(f"{name:34}{p50:10.1f}{p95:10.1f}{more50:12.1f}{more95:10.1f}{more50 / p50:9.1f}×")


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    main(*(numbers or [10_000, 1_000_000]))
