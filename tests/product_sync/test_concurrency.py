"""Concurrent syncs of one store share the pages and import each page once."""

import threading

import pytest
from django.db import connection, transaction

from catalog import product_sync, product_writing
from catalog.models import PaymentLink, Product, ProductSync
from tests.factories import make_link
from tests.payments.test_concurrency import run_concurrently
from tests.product_sync.test_product_sync import make_next_product, set_next_products, store

__all__ = ["store"]
pytestmark = [pytest.mark.concurrent, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("sandbox_store", [{"page_size": 2}], indirect=True)
def test_concurrent_syncs_import_each_product_once(store):
    set_next_products(store, *(make_next_product(number, f"Lamp {number}") for number in range(1, 8)))

    summaries = run_concurrently(*[lambda: product_sync.sync_products(store=store)] * 3)

    assert [summary.deactivated for summary in summaries] == [0, 0, 0]
    assert sum(summary.added for summary in summaries) == 7
    names = Product.objects.filter(active=True).order_by("next_product_id").values_list("name", flat=True)
    assert list(names) == [f"Lamp {number}" for number in range(1, 8)]
    assert ProductSync.objects.get().finished_at is not None


def test_product_that_is_being_synced_can_be_put_on_a_link(store, monkeypatch):
    """What refers to a product must not wait for the sync: it may hold stock that the sync waits for."""
    set_next_products(store, make_next_product(1, "Lamp"))
    product_sync.sync_products(store=store)
    is_locked, is_linked = threading.Event(), threading.Event()
    lock_variants = product_writing._lock_variants

    def lock_slowly(products):
        is_locked.set()
        assert is_linked.wait(timeout=20)
        return lock_variants(products)

    def add_link():
        assert is_locked.wait(timeout=20)
        try:
            with transaction.atomic():
                connection.cursor().execute("SET LOCAL lock_timeout = '2s'")
                return make_link(Product.objects.get())
        finally:
            is_linked.set()

    monkeypatch.setattr(product_writing, "_lock_variants", lock_slowly)
    summary, link = run_concurrently(lambda: product_sync.sync_products(store=store), add_link)

    assert isinstance(link, PaymentLink), link
    assert summary.skipped == []
