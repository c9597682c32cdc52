"""S36 on PostgreSQL: orders that settle at once open one difference, and each is counted."""

from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction

from orders.models import PriceDifference
from orders.price_differences import TaxedRegion, adopt_difference, record_tax_difference
from stores.errors import Conflict
from tests.factories import make_order, make_store
from tests.payments.test_concurrency import run_concurrently

pytestmark = [pytest.mark.concurrent, pytest.mark.django_db(transaction=True)]

SALES_TAX = {"name": "Sales tax", "rate": "8.875", "taxes_shipping": True}


@transaction.atomic
def record_tax(order):
    region = TaxedRegion.of_order(order, is_included=False, rates=[SALES_TAX])
    return record_tax_difference(order=order, region=region, shown=Decimal(0), charged=Decimal("4.79"))


def test_twelve_orders_at_once_are_one_difference():
    store = make_store(tax_mode="added")
    orders = [make_order(store, tax_country="US", tax_state="NY") for _ in range(12)]

    run_concurrently(*(partial(record_tax, order) for order in orders))

    difference = PriceDifference.objects.get()
    assert difference.order_count == 12
    assert difference.total_difference == Decimal("57.48")


def test_rates_taken_over_by_two_at_once_are_saved_once():
    store = make_store(tax_mode="added")
    difference = record_tax(make_order(store, tax_country="US", tax_state="NY"))

    results = run_concurrently(
        *(partial(adopt_difference, difference=difference, actor=actor) for actor in ("grace", "ada"))
    )

    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert store.tax_rates.count() == 1
