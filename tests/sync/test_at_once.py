"""Two readings of one store at the same moment: the pages are shared, and each is taken in once."""

import pytest

from catalog import product_sync
from catalog.models import CatalogSync, Product
from tests.payment.test_at_once import all_at_once
from tests.sync.test_sync_catalog import good, on_the_shelf, store

__all__ = ["store"]
pytestmark = [pytest.mark.at_once, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("sandbox_store", [{"page_size": 2}], indirect=True)
def test_readings_at_once_take_in_each_product_once(store):
    on_the_shelf(store, *(good(number, f"Lamp {number}") for number in range(1, 8)))

    summaries = all_at_once(*[lambda: product_sync.run(store=store)] * 3)

    assert [summary.switched_off for summary in summaries] == [0, 0, 0]
    assert sum(summary.added for summary in summaries) == 7
    names = Product.objects.filter(active=True).order_by("next_product_id").values_list("name", flat=True)
    assert list(names) == [f"Lamp {number}" for number in range(1, 8)]
    assert CatalogSync.objects.get().finished_at is not None
