"""The verification refund when staff, NEXT or the shopper also change the order."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent
from checkout.upsells.acceptance import accept_upsell
from checkout.upsells.selection import present_next_upsell
from orders.models import Order
from orders.refunds import RefundInput, fetch_refund_quote, issue_refund
from orders.staff_actions import cancel_paid_order
from orders.sync import sync_order_as_staff
from stores.errors import Conflict
from tests.factories import variant_of
from tests.payments.helpers import pay_at_link, submit_checkout
from tests.upsells.helpers import make_upsell, next_shown_upsell
from tests.verification_refund.helpers import follow_return, make_refund_due, refunded_amounts, select_trial


def test_refused_refund_goes_to_staff_who_can_retry(shop, order, admin_client):
    shop.sandbox.plan_fault("status", operation="ordersRefundCreate", status=400, when="before")

    assert reconcile_due_rows()["verification amounts: unclear"] == 1
    make_refund_due(order, age=31)
    assert reconcile_due_rows()["verification amounts: refused"] == 1

    order.refresh_from_db()
    assert str(order.reviews.get().text).startswith("The verification amount of $1.00 was not refunded:")
    assert (order.status, order.verification_refund_due_at, refunded_amounts(shop)) == ("Paid", None, [])
    page = f"/admin/orders/order/{order.pk}/"
    assert "Verification charge not refunded" in admin_client.get(f"{page}change/").text
    admin_client.post(f"{page}retry-verification/")
    reconcile_due_rows()
    assert refunded_amounts(shop) == ["1.00"]
    shown = admin_client.get(f"{page}change/").text
    assert "Verification charge refunded" in shown
    assert "Refund verification charge" not in shown
    again = admin_client.post(f"{page}retry-verification/", follow=True)
    assert "There is no verification amount to refund." in again.text


def test_amount_refunded_in_next_is_not_refunded_again(shop, order):
    number = order.next_order_number
    charge = shop.sandbox.call("GET", f"orders/{number}/").json()["transactions"][0]["id"]
    body = {"transactions": [{"id": charge, "amount": "1.00"}], "refund_lines": []}
    shop.sandbox.call("POST", f"orders/{number}/refund/", body)

    reconcile_due_rows()

    assert refunded_amounts(shop) == ["1.00"]
    assert Order.objects.get().status == "Paid"


def test_authorized_amount_waits_until_it_is_charged(shop, plan):
    shop.sandbox.switches(payment_status="authorized")
    intent = submit_checkout(shop, select_trial(shop, plan))
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="return")

    assert reconcile_due_rows()["verification amounts: not captured yet"] == 1

    order = Order.objects.get()
    assert order.verification_refund_due_at > timezone.now() + datetime.timedelta(hours=5)
    assert not order.is_in_review

    # Voided before it was charged, there is nothing to refund.
    shop.sandbox.edit_order(order.next_order_number, cancel={"full_refund": True})
    make_refund_due(order)
    assert reconcile_due_rows()["verification amounts: never charged"] == 1
    order.refresh_from_db()
    assert (order.verification_refund_due_at, order.is_in_review) == (None, False)


def test_amount_without_a_listed_charge_goes_to_staff(shop, order, monkeypatch):
    Order.objects.update(is_test=False)
    monkeypatch.setattr("orders.verification_refund.find_first_charge", lambda found: None)

    reconcile_due_rows()

    order.refresh_from_db()
    assert "was not refunded: NEXT Commerce lists no charge." in str(order.reviews.get().text)


def test_test_order_has_nothing_to_refund(shop, plan):
    shop.sandbox.switches(is_test=True)
    intent = submit_checkout(shop, select_trial(shop, plan))
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="return")

    assert reconcile_due_rows()["verification amounts: test order, nothing charged"] == 1

    order = Order.objects.get()
    assert (order.status, order.verification_refund_due_at) == ("Paid", None)
    assert order.verification_refunded_at is not None


def test_order_can_be_canceled_after_the_refund(shop, order):
    reconcile_due_rows()
    order.refresh_from_db()

    cancel_paid_order(order=order, reason="Changed their mind", full_refund=True, notify=False, actor="grace")

    order.refresh_from_db()
    assert order.status == "Canceled"
    assert refunded_amounts(shop) == ["1.00"]


@pytest.mark.parametrize("full_refund", [True, False])
def test_order_canceled_before_the_refund_is_refunded_once(shop, order, full_refund):
    cancel_paid_order(
        order=order, reason="Changed their mind", full_refund=full_refund, notify=False, actor="grace"
    )

    reconcile_due_rows()

    order.refresh_from_db()
    assert refunded_amounts(shop) == ["1.00"]
    assert (order.status, order.verification_refund_due_at) == ("Canceled", None)


def test_item_bought_later_is_refunded_normally(shop, order):
    """The verification refund doesn't count as a refund of the order; this one does."""
    bulb = variant_of(shop.products.get(name="Light bulb"))
    body = {
        "lines": [{"product_id": bulb.next_variant_id, "quantity": 1, "price": "7.50", "is_upsell": True}]
    }
    shop.sandbox.call("POST", f"orders/{order.next_order_number}/add-line-items/", body)
    with pytest.raises(Conflict, match="verification amount is refunded first"):
        refund_bulb(order)
    reconcile_due_rows()
    assert Order.objects.get().status == "Paid"

    make_refund_due(order)
    refund_bulb(order)

    order.refresh_from_db()
    assert (order.status, order.refunded_amount) == ("Refunded", Decimal("8.50"))
    assert sorted(refunded_amounts(shop)) == ["1.00", "7.50"]


def refund_bulb(order):
    sync_order_as_staff(order=order)
    order.refresh_from_db()
    bulb = order.items.get(name="Light bulb")
    refund_input = RefundInput(quantities={bulb.pk: 1})
    refund_quote = fetch_refund_quote(order=order, refund_input=refund_input)
    issue_refund(
        order=order,
        refund_input=refund_input,
        expected=refund_quote.amount,
        refunded_before=refund_quote.refunded_before,
        actor="grace",
    )


def test_upsell_delays_the_refund_for_some_minutes(shop, plan):
    """NEXT may refuse further charges on a payment that was refunded."""
    make_upsell(shop, "Field notes")
    intent = submit_checkout(shop, select_trial(shop, plan))
    follow_return(intent, pay_at_link(intent))
    order = Order.objects.select_related("store").get()
    assert refunded_amounts(shop) == []

    make_refund_due(order)
    assert reconcile_due_rows()["verification amounts: waiting for an upsell"] == 1
    assert accept_upsell(attempt=next_shown_upsell(order)).status == "charged"
    make_refund_due(order)
    reconcile_due_rows()

    order.refresh_from_db()
    assert refunded_amounts(shop) == ["1.00"]
    assert (order.status, order.total, order.refunded_amount) == ("Paid", Decimal("6.00"), Decimal("1.00"))


def test_unanswered_upsell_does_not_block_the_refund(shop, plan):
    make_upsell(shop, "Field notes")
    intent = submit_checkout(shop, select_trial(shop, plan))
    follow_return(intent, pay_at_link(intent))
    order = Order.objects.get()
    Order.objects.update(paid_at=timezone.now() - datetime.timedelta(minutes=6))

    make_refund_due(order)
    reconcile_due_rows()

    assert refunded_amounts(shop) == ["1.00"]
    assert present_next_upsell(order=Order.objects.select_related("store").get()) is None
