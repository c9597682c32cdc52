"""The `export_orders` command."""

import csv

import pytest
from django.core.management import call_command

from tests.factories import make_orders, make_store


@pytest.fixture
def store(db):
    return make_orders(make_store(), 10, email="ada@example.com", name="@SUM(A1)")


def test_command_exports_orders_and_escapes_formulas(store, tmp_path):
    target = tmp_path / "orders.csv"
    call_command("export_orders", str(target), store=store.slug, status="Paid")

    with target.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["number"] for row in rows] == [f"ORD-2026-0000{n}" for n in (1, 3, 5, 7, 9)]
    assert rows[0]["name"] == "'@SUM(A1)"
    assert rows[0]["total"] == "10.00"
