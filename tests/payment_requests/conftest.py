"""A request for 120.00 for field notes, which ship to nobody."""

import pytest

from tests.factories import make_payment_request
from tests.payment_requests.checkout import ask_again


@pytest.fixture
def request_(shop):
    """A request of the `shop`, whose sandbox charges it."""
    return ask_again(make_payment_request(shop.products.get(name="Field notes")), shop)
