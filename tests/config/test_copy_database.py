"""A shop moves from one database to another with every row, amount, and time as it was."""

import datetime
import shutil
import sqlite3
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import connection, connections

from accounts.models import User
from catalog.models import Product, Variant
from config.database_copy import CopyError, copied_models, copy_database, summarize_table
from config.management.commands.copy_database import SOURCE, connect_source
from orders.models import Order
from stores.models import Store
from tests.factories import make_link, make_order, make_product, make_refund, make_store

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = datetime.datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=datetime.UTC)


@pytest.fixture
def other(tmp_path, migrated_file):
    """An empty, migrated SQLite database under the alias of the source. Yield its URL."""
    url = f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'shop.sqlite3')}"
    connect_source(url)
    yield url
    connections[SOURCE].close()
    del connections[SOURCE]


def make_two_shops():
    """Make two stores with products, links, orders, a refund, and staff. Return the orders' totals."""
    for slug in ("one", "two"):
        store = make_store(slug=slug, host=f"{slug}.example", access_token=f"token of {slug}")
        make_link(make_product(store, name="Lamp"))
        for total in ("19.90", "0.10"):
            make_order(store, total=Decimal(total))
    order = Order.objects.order_by("pk").first()
    make_refund(order, amount="5.05")
    Order.objects.update(created_at=LONG_AGO)
    Product.objects.update(metadata={"b": [1, "ü"], "a": None})
    user = User.objects.create_user("kim", "kim@example.com", "a long password")
    group = Group.objects.create(name="Order staff")
    group.permissions.set(Permission.objects.order_by("-pk")[:3])
    user.groups.add(group)


def summarize(alias):
    return [summarize_table(model, using=alias) for model in copied_models()]


def test_shop_is_the_same_after_a_move_there_and_back(other):
    """From the test's database, SQLite or PostgreSQL, to SQLite and back."""
    make_two_shops()
    before = summarize("default")
    copied = copy_database(source="default", target=SOURCE)
    assert copied == before == summarize(SOURCE)
    call_command("flush", interactive=False, verbosity=0)

    call_command("copy_database", source=other)

    assert summarize("default") == before
    assert {order.created_at for order in Order.objects.all()} == {LONG_AGO}
    assert Store.objects.get(slug="two").access_token == "token of two"
    assert User.objects.get().check_password("a long password")
    assert Group.objects.get().permissions.count() == 3


def test_new_rows_after_the_move_continue_the_numbers(other):
    make_two_shops()
    copy_database(source="default", target=SOURCE)
    call_command("flush", interactive=False, verbosity=0)
    call_command("copy_database", source=other)

    assert Group.objects.create(name="Catalog staff").pk > Group.objects.get(name="Order staff").pk


def test_database_with_rows_is_left_alone(other):
    make_two_shops()

    with pytest.raises(CommandError, match=r"already has rows in .*Nothing was copied"):
        call_command("copy_database", source=other)

    assert Order.objects.count() == 4


def test_row_that_the_new_database_refuses_leaves_it_empty(other, tmp_path):
    """SQLite lets anybody write what the model doesn't allow."""
    make_two_shops()
    copy_database(source="default", target=SOURCE)
    call_command("flush", interactive=False, verbosity=0)
    connections[SOURCE].close()
    with sqlite3.connect(tmp_path / "shop.sqlite3") as database:
        database.execute("PRAGMA ignore_check_constraints = 1")
        database.execute("UPDATE orders_orderrefund SET order_id = 'ord_of_nobody'")
    database.close()

    with pytest.raises(Exception):  # noqa: B017  (the kind depends on the database)
        call_command("copy_database", source=other)

    assert not Store.objects.exists()


def test_copy_that_differs_is_refused_by_its_sums(other, monkeypatch):
    make_two_shops()
    monkeypatch.setattr("config.database_copy.InsertQuery.insert_values", sell_one(), raising=True)

    with pytest.raises(CopyError, match="catalog_variant: the copy differs in its sums"):
        copy_database(source="default", target=SOURCE)


def sell_one():
    """Return an `insert_values` that changes the stock on its way."""
    from django.db.models.sql import InsertQuery

    original = InsertQuery.insert_values

    def insert_values(query, fields, objs, raw=False):
        if query.model is Variant:
            for variant in objs:
                variant.inventory_quantity = (variant.inventory_quantity or 0) + 1
        original(query, fields, objs, raw=raw)

    return insert_values


def test_empty_source_is_refused(tmp_path):
    with pytest.raises(CommandError, match="The database of --from is not migrated"):
        call_command("copy_database", source=f"sqlite:///{tmp_path / 'none.sqlite3'}")


def test_same_database_is_refused():
    name = connection.settings_dict["NAME"]
    if connection.vendor != "sqlite":
        pytest.skip("the URL of the test's PostgreSQL is its own")
    with pytest.raises(CommandError, match="are the same database"):
        call_command("copy_database", source=f"sqlite:///{name}")
