"""Orders as a file."""

import csv

import pytest
from django.core.management import CommandError, call_command

from orders.models import Order
from tests.factories import make_store


@pytest.fixture
def store(db):
    store = make_store()
    Order.objects.bulk_create(
        Order(
            store=store,
            number=f"ORD-2026-{n:05}",
            external_id=f"ext_{n}",
            checkout_key=f"key-{n}",
            status="Paid" if n % 2 else "Pending",
            email="ada@example.com",
            name="@SUM(A1)",
            currency="USD",
            items_total=10,
            total=10,
        )
        for n in range(10)
    )
    return store


def test_orders_are_written_to_a_file_without_formulas(store, tmp_path):
    target = tmp_path / "orders.csv"
    call_command("export_orders", str(target), store=store.slug, status="Paid")

    with target.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["number"] for row in rows] == [f"ORD-2026-0000{n}" for n in (1, 3, 5, 7, 9)]
    assert rows[0]["name"] == "'@SUM(A1)"
    assert rows[0]["total"] == "10.00"


def test_an_unknown_store_or_day_is_said(store, tmp_path):
    for wrong in ({"store": "nowhere"}, {"since": "yesterday"}):
        with pytest.raises(CommandError):
            call_command("export_orders", str(tmp_path / "x.csv"), **wrong)
