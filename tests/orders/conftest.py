"""Fixtures: an order paid at the sandbox store."""

import pytest

from orders.models import Order
from tests.payments.helpers import make_selection, pay_at_link, post_return, submit_checkout


@pytest.fixture
def order(shop):
    """Return a paid order of 103.00: two black desk lamps at 49.00, and 5.00 for shipping."""
    intent = submit_checkout(shop, make_selection(shop, quantity=2))
    intent.store = shop
    post_return(intent, pay_at_link(intent))
    order = Order.objects.get()
    order.store = shop
    assert order.status == "Paid"
    return order
