"""Orders that were really paid at a sandbox store."""

import pytest

from orders.models import Order
from tests.payments.helpers import make_selection, pay_at_link, post_return, submit_checkout


@pytest.fixture
def order(shop):
    """Two black desk lamps for 49.00 each and delivery for 5.00, paid: 103.00."""
    intent = submit_checkout(shop, make_selection(shop, quantity=2))
    intent.store = shop
    post_return(intent, pay_at_link(intent))
    order = Order.objects.get()
    order.store = shop
    assert order.status == "Paid"
    return order
