"""Orders that were really paid at a sandbox store."""

import pytest

from orders.models import Order
from tests.payment.actors import checkout, choose, come_back, pay


@pytest.fixture
def order(shop):
    """Two black desk lamps for 49.00 each and delivery for 5.00, paid: 103.00."""
    intent = checkout(shop, choose(shop, quantity=2))
    intent.store = shop
    come_back(intent, pay(intent))
    order = Order.objects.get()
    order.store = shop
    assert order.status == "Paid"
    return order
