"""A store that verifies payments with $1.00, and an order whose $1.00 isn't refunded yet."""

from decimal import Decimal

import pytest

from checkout.payments.settle import check_payment_intent
from orders.models import Order
from tests.factories import make_plan
from tests.payments.helpers import pay_at_link, submit_checkout
from tests.verification_refund.helpers import select_trial


@pytest.fixture
def plan(shop):
    """Create a free trial of the field notes in a store that verifies payments with $1.00."""
    shop.verification_amount = Decimal("1.00")
    shop.save()
    return make_plan(shop.products.get(name="Field notes"), trial_period_days=7)


@pytest.fixture
def order(shop, plan):
    """Return a paid order whose verification amount isn't refunded yet."""
    intent = submit_checkout(shop, select_trial(shop, plan))
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="reconciler")
    return Order.objects.select_related("store").get()
