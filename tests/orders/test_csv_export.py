"""The `export_orders` command."""

import csv

import pytest
from django.core.management import call_command

from tests.factories import make_order, make_orders, make_refund, make_store


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


def test_export_has_discounts_taxes_and_the_net_total(db, tmp_path):
    order = make_order(
        make_store(),
        discounts=[{"name": "=Spring", "code": "SPRING10", "amount": "4.90"}, {"name": "Gift", "amount": 1}],
        tax_lines=[{"name": "NY sales tax", "rate": "8.875", "amount": "3.91"}],
    )
    make_refund(order, amount="10.00")
    target = tmp_path / "orders.csv"
    call_command("export_orders", str(target))

    with target.open(newline="") as file:
        (row,) = csv.DictReader(file)

    assert row["discounts"] == "'=Spring SPRING10: 4.90; Gift: 1.00"
    assert row["tax_lines"] == "NY sales tax 8.875%: 3.91"
    amounts = ("items_total", "discount_total", "shipping_total", "tax_total", "adjustment_total", "total")
    assert [row[name] for name in amounts] == ["49.00", "5.90", "5.00", "3.91", "0.00", "52.01"]
    assert (row["refunded_amount"], row["net_total"], row["included_tax_total"]) == ("10.00", "42.01", "0.00")
