"""Concurrent syncs of one store share the pages and import each page once."""

import pytest

from catalog import product_sync
from catalog.models import Product, ProductSync
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
