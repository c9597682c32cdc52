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
    with pytest.raises(Conflict, match="Someone is buying the last one right now"):
        submit_checkout(shop, make_selection(shop, link=link), key="second")


def test_link_whose_last_use_is_held_is_being_bought_and_then_has_ended(shop, client):
    link = make_link(shop.products.get(name="Desk lamp"), uses_left=1, closed_message="Sold to the quickest.")
    intent = submit_checkout(shop, make_selection(shop, link=link))

    held = client.get(link.get_absolute_url())
    post_return(intent, pay_at_link(intent))
    sold = client.get(link.get_absolute_url())

    assert (held.status_code, sold.status_code) == (409, 410)
    assert "Someone is buying the last one right now." in held.text
    assert held["Cache-Control"] == "no-store"
    assert "Sold to the quickest." not in held.text
    assert "Sold to the quickest." in sold.text
    with pytest.raises(Conflict, match="no longer available"):
        submit_checkout(shop, make_selection(shop, link=link), key="second")


def test_held_use_that_was_not_paid_opens_the_link_again(shop, client):
    link = make_link(shop.products.get(name="Desk lamp"), uses_left=1)
    intent = submit_checkout(shop, make_selection(shop, link=link))
    pay_at_link(intent, "decline")
    post_return(intent, {})

    assert client.get(link.get_absolute_url()).status_code == 200


def test_one_network_does_not_hold_all_uses_of_a_link(shop, settings):
    settings.HOLD_USES_PER_NETWORK = 2
    link = make_link(shop.products.get(name="Light bulb"), uses_left=5)
    selection = make_selection(shop, "Light bulb", "", link=link)
    for number in range(2):
        submit_checkout(shop, selection, key=f"purchase-{number}", ip="9.9.9.9")

    with pytest.raises(Conflict, match="Unpaid orders from your network"):
        submit_checkout(shop, selection, key="third", ip="9.9.9.9")

    link.refresh_from_db()
    assert link.uses_left == 3
    assert submit_checkout(shop, selection, key="elsewhere", ip="9.9.9.8").status == "redirected"


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
