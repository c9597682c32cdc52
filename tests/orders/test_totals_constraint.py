"""The database refuses an order whose total isn't the sum of its parts."""

from decimal import Decimal

import pytest
from django.db import IntegrityError

from orders.models import Order
from tests.factories import make_order, make_store

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "part", ["total", "items_total", "discount_total", "shipping_total", "tax_total", "adjustment_total"]
)
def test_total_that_is_a_cent_off_is_refused(part):
    order = make_order(make_store(), discounts=[{"name": "Spring", "amount": "4.90"}])

    cents = Decimal("0.01")
    with pytest.raises(IntegrityError, match="order_total_is_the_sum_of_its_parts"):
        Order.objects.filter(pk=order.pk).update(**{part: getattr(order, part) + cents})


@pytest.mark.parametrize("items_total", ["0.10", "0.07", "1.15", "33.33", "9999999994.99"])
def test_right_total_is_accepted_however_binary_fractions_add_up(items_total):
    tax = {"name": "Tax", "rate": "10", "amount": "0.20"}
    assert make_order(make_store(), items_total=items_total, shipping_total=0, tax_lines=[tax]).pk
