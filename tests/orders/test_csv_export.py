"""The `export_orders` command."""

import csv
import datetime

import pytest
from django.core.management import call_command
from openpyxl import load_workbook

from orders.models import Order
from tests.factories import make_order, make_orders, make_refund, make_store


@pytest.fixture
def store(db):
    return make_orders(make_store(), 10, email="ada@example.com", name="@SUM(A1)")


def test_command_exports_orders_and_escapes_formulas(store, tmp_path):
    target = tmp_path / "orders.csv"
    call_command("export_orders", str(target), store=store.slug, status="Paid")

    with target.open(newline="", encoding="utf-8-sig") as file:
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

    with target.open(newline="", encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)

    assert row["discounts"] == "'=Spring SPRING10: 4.90; Gift: 1.00"
    assert row["tax_lines"] == "NY sales tax 8.875%: 3.91"
    amounts = ("items_total", "discount_total", "shipping_total", "tax_total", "adjustment_total", "total")
    assert [row[name] for name in amounts] == ["49.00", "5.90", "5.00", "3.91", "0.00", "52.01"]
    assert (row["refunded_amount"], row["net_total"], row["included_tax_total"]) == ("10.00", "42.01", "0.00")


ADDRESS = {
    "name": "Zoë Müller",
    "line1": "Straße 1",
    "line2": "Hof",
    "city": "Köln",
    "postal_code": "50667",
    "country": "DE",
}


@pytest.fixture
def order(db):
    """An order of two items in Berlin, placed at noon UTC in winter."""
    order = make_order(
        make_store(time_zone="Europe/Berlin"),
        shipping_address=ADDRESS,
        billing_address=ADDRESS | {"city": "Bonn"},
        shipping_method="Express",
    )
    order.items.update(title="Black / M", sku="LMP-1")
    order.items.create(name="Bulb", sku="BLB-1", quantity=2, unit_price="0.00", position=1)
    Order.objects.update(created_at=datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC))
    return order


def export(tmp_path, *options, name="orders.csv"):
    target = tmp_path / name
    call_command("export_orders", str(target), *options)
    return target


def read_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        text = file.read()
    assert text.startswith("\ufeffnumber,")
    return list(csv.DictReader(text.removeprefix("\ufeff").splitlines()))


def test_export_has_address_delivery_and_what_was_sold(order, tmp_path):
    (row,) = read_csv(export(tmp_path))

    assert row["created_at"] == "2026-01-31 13:00:00"
    assert row["time_zone"] == "Europe/Berlin"
    assert [
        row[f"shipping_{part}"] for part in ("name", "line1", "line2", "postal_code", "city", "country")
    ] == [*("Zoë Müller", "Straße 1", "Hof", "50667", "Köln", "DE")]
    assert (row["billing_city"], row["shipping_method"]) == ("Bonn", "Express")
    assert row["items"] == "1 × Desk lamp (Black / M); 2 × Bulb"
    assert (row["skus"], row["quantity"]) == ("LMP-1; BLB-1", "3")


def test_export_by_item_counts_each_total_once(order, tmp_path):
    lamp, bulb = read_csv(export(tmp_path, "--by-item"))

    assert (lamp["number"], bulb["number"]) == (order.number, order.number)
    assert [lamp[name] for name in ("product", "variant", "sku", "quantity", "unit_price")] == [
        *("Desk lamp", "Black / M", "LMP-1", "1", "49.00")
    ]
    assert (bulb["product"], bulb["item_total"], bulb["shipping_city"]) == ("Bulb", "0.00", "Köln")
    assert (lamp["total"], bulb["total"], bulb["currency"]) == ("54.00", "", "USD")


def test_order_without_items_is_exported_by_item_too(order, tmp_path):
    order.items.all().delete()

    (row,) = read_csv(export(tmp_path, "--by-item"))

    assert (row["product"], row["total"]) == ("", "54.00")


def test_workbook_has_numbers_and_times_and_no_formulas(order, tmp_path):
    Order.objects.update(name="=HYPERLINK(1)")

    header, row = load_workbook(export(tmp_path, name="orders.xlsx")).active.iter_rows(values_only=True)
    cells = dict(zip(header, row, strict=True))

    assert cells["total"] == 54
    assert str(cells["created_at"]) == "2026-01-31 13:00:00"
    assert cells["name"] == "'=HYPERLINK(1)"
