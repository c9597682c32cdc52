"""Payment links with limited uses (S22), and links that close during a payment (S24)."""

import pytest

from catalog.models import PaymentLink
from checkout.payments.reconcile import reconcile_due_rows
from orders.models import Order
from stores.errors import Conflict
from tests.factories import make_link
from tests.payments.helpers import (
    age_intent,
    make_selection,
    pay_at_link,
    post_return,
    stock_of,
    submit_checkout,
)


def test_last_use_of_a_link_is_given_once(shop):
    link = make_link(shop.products.get(name="Desk lamp"), uses_left=1)
    submit_checkout(shop, make_selection(shop, link=link), key="first")
    link.refresh_from_db()

    assert link.uses_left == 0
    with pytest.raises(Conflict, match="no longer available"):
        submit_checkout(shop, make_selection(shop, link=link), key="second")


@pytest.mark.parametrize("change", [{"active": False}, {"uses_left": 0}])
def test_payment_started_before_its_link_closed_is_honored(shop, change):
    """S24."""
    link = make_link(shop.products.get(name="Light bulb"))
    intent = submit_checkout(shop, make_selection(shop, "Light bulb", "", link=link))
    PaymentLink.objects.update(**change)

    post_return(intent, pay_at_link(intent))

    order = Order.objects.get()
    assert (order.status, order.is_in_review) == ("Paid", False)
    assert stock_of(shop, "Light bulb", "") == 99


def test_late_payment_is_honored_after_the_links_last_use_is_taken(shop):
    """S24: its hold had expired. No use is taken twice, and none is lost."""
    link = make_link(shop.products.get(name="Light bulb"), uses_left=1)
    late = submit_checkout(shop, make_selection(shop, "Light bulb", "", link=link), key="late")
    age_intent(late, hours=2)
    reconcile_due_rows()
    link.refresh_from_db()
    submit_checkout(shop, make_selection(shop, "Light bulb", "", link=link), key="quick")

    post_return(late, pay_at_link(late))

    order = Order.objects.get(checkout_key="late")
    assert (order.status, order.is_in_review) == ("Paid", False)
    assert PaymentLink.objects.get().uses_left == 0
    assert stock_of(shop, "Light bulb", "") == 98
