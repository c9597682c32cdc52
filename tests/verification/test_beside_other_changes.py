"""The verification amount where staff, the store or the shopper do something else with the order."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from checkout.payments.reconcile import reconcile
from checkout.payments.settle import look
from checkout.upsells.answers import accept
from checkout.upsells.selection import next_offer
from orders.models import Order
from orders.refunds import Wanted, calculate, refresh, refund
from orders.staff_actions import cancel
from stores.errors import Conflict
from tests.factories import variant_of
from tests.offers.actors import make_offer, shown
from tests.payment.actors import checkout, pay
from tests.verification.actors import come_back_and_see, make_due, refunds, trial


def test_refused_it_comes_before_staff_who_have_it_tried_again(shop, order, admin_client):
    shop.sandbox.fault("status", operation="ordersRefundCreate", status=400, when="before")

    assert reconcile()["verification amounts: refused"] == 1

    order.refresh_from_db()
    assert order.review_reason.startswith("The verification amount of 1.00 USD was not given back:")
    assert (order.status, order.verification_due_at, refunds(shop)) == ("Paid", None, [])
    page = f"/admin/orders/order/{order.pk}/"
    assert "Verification, not given back" in admin_client.get(f"{page}change/").text
    admin_client.post(f"{page}verification/")
    reconcile()
    assert refunds(shop) == ["1.00"]
    shown = admin_client.get(f"{page}change/").text
    assert "Verification, given back" in shown
    assert "Give the verification amount back" not in shown
    again = admin_client.post(f"{page}verification/", follow=True)
    assert "There is no verification amount to give back." in again.text


def test_given_back_by_somebody_in_the_store_it_is_not_given_back_twice(shop, order):
    number = order.store_order_number
    charge = shop.sandbox.call("GET", f"orders/{number}/").json()["transactions"][0]["id"]
    body = {"transactions": [{"id": charge, "amount": "1.00"}], "refund_lines": []}
    shop.sandbox.call("POST", f"orders/{number}/refund/", body)

    reconcile()

    assert refunds(shop) == ["1.00"]
    assert Order.objects.get().status == "Paid"


def test_an_amount_only_authorised_waits_until_it_is_taken(shop, plan):
    shop.sandbox.switches(payment_status="authorized")
    intent = checkout(shop, trial(shop, plan))
    pay(intent)
    look(intent=intent, source="return")

    assert reconcile()["verification amounts: not taken yet"] == 1

    order = Order.objects.get()
    assert order.verification_due_at > timezone.now() + datetime.timedelta(hours=5)
    assert order.review_reason == ""

    # Let go of before it was taken, there is nothing to give back.
    shop.sandbox.edit(order.store_order_number, cancel={"full_refund": True})
    make_due(order)
    assert reconcile()["verification amounts: never taken"] == 1
    order.refresh_from_db()
    assert (order.verification_due_at, order.review_reason) == (None, "")


def test_an_amount_of_which_the_store_names_no_charge_comes_before_staff(shop, order, monkeypatch):
    Order.objects.update(is_test=False)
    monkeypatch.setattr("orders.verification_refund.first_charge", lambda found: None)

    reconcile()

    order.refresh_from_db()
    assert "was not given back: The store names no charge." in order.review_reason


def test_a_test_order_has_nothing_to_give_back(shop, plan):
    shop.sandbox.switches(is_test=True)
    intent = checkout(shop, trial(shop, plan))
    pay(intent)
    look(intent=intent, source="return")

    assert reconcile()["verification amounts: a test order: nothing was charged"] == 1

    order = Order.objects.get()
    assert (order.status, order.verification_due_at) == ("Paid", None)
    assert order.verification_returned_at is not None


def test_a_cancel_afterwards_still_works(shop, order):
    reconcile()
    order.refresh_from_db()

    cancel(order=order, reason="Changed their mind", full_refund=True, notify=False, actor="grace")

    order.refresh_from_db()
    assert order.status == "Canceled"
    assert refunds(shop) == ["1.00"]


@pytest.mark.parametrize("full_refund", [True, False])
def test_canceled_before_it_was_given_back_it_is_given_back_once(shop, order, full_refund):
    cancel(order=order, reason="Changed their mind", full_refund=full_refund, notify=False, actor="grace")

    reconcile()

    order.refresh_from_db()
    assert refunds(shop) == ["1.00"]
    assert (order.status, order.verification_due_at) == ("Canceled", None)


def test_something_bought_later_is_refunded_as_ever(shop, order):
    """The verification was no refund; this one is."""
    bulb = variant_of(shop.products.get(name="Light bulb"))
    body = {
        "lines": [{"product_id": bulb.next_variant_id, "quantity": 1, "price": "7.50", "is_upsell": True}]
    }
    shop.sandbox.call("POST", f"orders/{order.store_order_number}/add-line-items/", body)
    with pytest.raises(Conflict, match="given back first"):
        refund_bulb(order)
    reconcile()
    assert Order.objects.get().status == "Paid"

    make_due(order)
    refund_bulb(order)

    order.refresh_from_db()
    assert (order.status, order.refunded_amount) == ("Refunded", Decimal("8.50"))
    assert sorted(refunds(shop)) == ["1.00", "7.50"]


def refund_bulb(order):
    refresh(order=order)
    order.refresh_from_db()
    bulb = order.items.get(name="Light bulb")
    wanted = Wanted(quantities={bulb.pk: 1})
    offer = calculate(order=order, wanted=wanted)
    refund(
        order=order,
        wanted=wanted,
        expected=offer.amount,
        refunded_before=offer.refunded_before,
        actor="grace",
    )


def test_an_offer_goes_first_for_some_minutes(shop, plan):
    """A store may charge no more to a payment that was given back (facts 7.10)."""
    make_offer(shop, "Field notes")
    intent = checkout(shop, trial(shop, plan))
    come_back_and_see(intent, pay(intent))
    order = Order.objects.select_related("store").get()
    assert refunds(shop) == []

    make_due(order)
    assert reconcile()["verification amounts: an offer goes first"] == 1
    assert accept(attempt=shown(order)).status == "charged"
    make_due(order)
    reconcile()

    order.refresh_from_db()
    assert refunds(shop) == ["1.00"]
    assert (order.status, order.total, order.refunded_amount) == ("Paid", Decimal("6.00"), Decimal("1.00"))


def test_an_offer_that_nobody_answers_does_not_keep_it(shop, plan):
    make_offer(shop, "Field notes")
    intent = checkout(shop, trial(shop, plan))
    come_back_and_see(intent, pay(intent))
    order = Order.objects.get()
    Order.objects.update(paid_at=timezone.now() - datetime.timedelta(minutes=6))

    make_due(order)
    reconcile()

    assert refunds(shop) == ["1.00"]
    assert next_offer(order=Order.objects.select_related("store").get()) is None
