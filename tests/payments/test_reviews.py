"""Payments in review: what staff can do with them. Each review closes once."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.urls import reverse

from catalog import stock
from checkout.models import PaymentIntent
from checkout.payments import review_refunds, reviews
from checkout.payments.payment_return import payment_page_url
from checkout.payments.place_order import AlreadyPaid
from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent, settle_payment_intent
from nextcommerce.deserializers import deserialize_order
from orders import staff_actions
from orders.models import Order, OrderReview
from orders.refund_requests import RefundInDoubt
from stores.errors import Conflict
from stores.next_client import open_next_client
from tests.factories import make_review
from tests.payments.helpers import (
    make_selection,
    net_charged,
    pay_at_link,
    post_return,
    stock_of,
    submit_checkout,
)
from tests.payments.reviewed_payments import (
    pay_too_much,
    pay_twice,
    pay_twice_after_selling_out,
    pay_wrong_total,
)
from tests.reliability.invariants import make_older


def test_refunding_the_second_payment_leaves_the_sold_out_order_in_review(shop, admin_client):
    """S39."""
    first, second = pay_twice_after_selling_out(shop)
    assert (first.status, second.status) == ("succeeded", "review")
    for intent in (first, second):
        page = admin_client.get(reverse("admin:checkout_paymentintent_change", args=[intent.pk]), follow=True)
        assert intent.pk in page.text

    refund = reverse("admin:checkout_paymentintent_refund", args=[second.pk])
    assert "Payment refunded and review closed." in admin_client.post(refund, follow=True).text

    order = Order.objects.get()
    assert (order.status, net_charged(shop)) == ("Paid", Decimal("54.00"))
    review = OrderReview.objects.open().get()
    assert (review.kind, review.payment_intent_id) == ("sold_out", first.pk)
    assert "Paid after the item sold out." in admin_client.get("/admin/orders/orderreview/").text
    assert order.number in admin_client.get("/admin/orders/order/?in_review=yes").text
    assert "1 order to review" in admin_client.get("/admin/").text
    assert not order.notifications.exists()

    closing = {"review": review.pk, "text": "New lamps arrived."}
    admin_client.post(f"/admin/orders/order/{order.pk}/close-review/", closing)

    assert not order.is_in_review
    assert [row.kind for row in order.notifications.all()] == ["confirmation"]


def test_closing_the_sold_out_review_leaves_the_second_payment_in_review(shop):
    """S39."""
    _first, second = pay_twice_after_selling_out(shop)

    staff_actions.close_order_review(
        review=OrderReview.objects.get(kind="sold_out"), actor="kim", note="New lamps arrived."
    )

    review = OrderReview.objects.open().get()
    assert (review.payment_intent_id, review.amount_to_refund) == (second.pk, Decimal("54.00"))
    review_refunds.refund_reviewed_payment(intent=second, actor="kim")
    assert net_charged(shop) == Decimal("54.00")


def test_accepted_payment_for_sold_out_items_stays_in_review(shop):
    """S17, S39: the payment is accepted, then there is nothing to ship."""
    shop.next_sends_receipt = False
    shop.save()
    intent = pay_wrong_total(shop)
    stock.release_hold(reference=intent.order_id)
    shop.products.get(name="Desk lamp").variants.update(inventory_quantity=0)

    reviews.accept_reviewed_payment(intent=intent, actor="kim")

    order = Order.objects.get()
    assert (order.status, OrderReview.objects.open().get().kind) == ("Paid", "sold_out")
    assert not order.notifications.exists()
    assert OrderReview.objects.get(kind="payment_mismatch").resolution == "accepted"


def test_refunding_one_of_two_payments_in_review_does_not_cancel_the_order(shop):
    """Either may still be accepted."""
    first = submit_checkout(shop, form="first")
    second = submit_checkout(shop, form="second")
    for intent in (first, second):
        pay_at_link(intent)
        next_order = open_next_client(shop).retrieve_order(shop.sandbox.orders()[-1]["number"])
        wrong = replace(next_order, total_incl_tax=Decimal("60.00"))
        settle_payment_intent(intent=intent, next_order=wrong, source="webhook")
        intent.refresh_from_db()

    review_refunds.refund_reviewed_payment(intent=first, actor="kim")

    assert (Order.objects.get().status, stock_of(shop)) == ("Pending", 9)
    assert OrderReview.objects.open().get().payment_intent_id == second.pk
    shop.sandbox.edit_order(second.next_order_number, refund={})
    reviews.dismiss_review(intent=second, actor="kim", note="Refunded in NEXT.")
    assert (Order.objects.get().status, stock_of(shop)) == ("Canceled", 10)


def test_unpaid_order_is_canceled_only_when_its_last_review_ended(shop):
    intent = pay_wrong_total(shop)
    other = make_review(Order.objects.get(), kind="foreign_order")

    review_refunds.refund_reviewed_payment(intent=intent, actor="kim")
    make_older(days=31)
    reconcile_due_rows()
    assert Order.objects.get().status == "Pending"

    staff_actions.close_order_review(review=other, actor="kim", note="Checked.")
    make_older(days=31)
    reconcile_due_rows()

    assert (Order.objects.get().status, stock_of(shop)) == ("Canceled", 10)


def test_accepting_marks_the_order_paid_and_closes_the_review(shop):
    intent = pay_wrong_total(shop)
    with pytest.raises(AlreadyPaid):
        submit_checkout(shop, form="once more")

    reviews.accept_reviewed_payment(intent=intent, actor="kim")

    order = Order.objects.get()
    assert order.status == "Paid"
    assert not order.is_in_review
    assert [event.kind for event in order.events.all()] == ["review", "reviewed", "paid"]
    assert order.events.get(kind="reviewed").actor == "kim"
    assert stock_of(shop) == 9


def test_duplicate_payment_cannot_be_accepted_but_is_refunded_in_full(shop):
    """S6."""
    intent = pay_twice(shop)
    with pytest.raises(Conflict, match="paid by another attempt"):
        reviews.accept_reviewed_payment(intent=intent, actor="kim")

    review_refunds.refund_reviewed_payment(intent=intent, actor="kim")

    intent.refresh_from_db()
    order = Order.objects.get()
    assert intent.status == "refunded"
    assert (order.status, order.is_in_review) == ("Paid", False)
    assert net_charged(shop) == Decimal("54.00")


def test_unpaid_attempt_keeps_the_stock_of_the_payment_in_review(shop):
    unpaid = submit_checkout(shop, form="second tab")
    intent = pay_wrong_total(shop)

    post_return(unpaid, {})

    unpaid.refresh_from_db()
    assert (unpaid.status, stock_of(shop)) == ("declined", 9)
    review_refunds.refund_reviewed_payment(intent=intent, actor="kim")
    assert stock_of(shop) == 10


def test_order_cannot_be_paid_again_while_its_payment_is_in_review(shop):
    pay_wrong_total(shop)
    with pytest.raises(Conflict, match="on its own page"):
        staff_actions.close_order_review(review=OrderReview.objects.get(), actor="kim", note="checked")

    with pytest.raises(AlreadyPaid):
        submit_checkout(shop, form="once more")

    assert net_charged(shop) == Decimal("54.00")


def test_review_settled_elsewhere_leaves_the_money_and_tells_the_shopper(shop, client):
    intent = pay_wrong_total(shop)
    page = f"{shop.origin}{payment_page_url(intent)}"

    reviews.settle_review_elsewhere(intent=intent, actor="kim", note="Paid by bank transfer.")

    intent.refresh_from_db()
    assert intent.status == "settled_elsewhere"
    assert net_charged(shop) == Decimal("54.00")
    assert (Order.objects.get().status, stock_of(shop)) == ("Canceled", 10)
    log = str(Order.objects.get().events.get(kind="reviewed").text)
    assert "settled elsewhere" in log
    assert "NEXT Commerce keeps its order and the money. Paid by bank transfer." in log
    for address in (page, Order.objects.get().get_absolute_url()):
        text = client.get(address).text
        assert "Nothing was charged" not in text
        assert "another way" in text


def test_staff_see_and_close_the_review_in_the_admin(shop, client):
    client.force_login(get_user_model().objects.create_superuser("kim"))
    intent = pay_twice(shop)
    order_page = client.get(reverse("admin:orders_order_change", args=[intent.order_id])).text
    page_url = reverse("admin:checkout_paymentintent_change", args=[quote(intent.pk)])

    page = client.get(f"{page_url}?next=now").content.decode()
    refused = client.post(reverse("admin:checkout_paymentintent_discard", args=[intent.pk]), follow=True)
    done = client.post(reverse("admin:checkout_paymentintent_refund", args=[intent.pk]), follow=True)

    assert (
        f'{reverse("admin:checkout_paymentintent_change", args=[intent.pk])}">Accept or refund' in order_page
    )
    assert "Order in NEXT Commerce" in page
    assert "Refund $54.00" in page
    assert "Accept and mark order as paid" not in page
    assert "Enter how this was resolved" in refused.content.decode()
    assert "Payment refunded and review closed." in done.content.decode()
    assert net_charged(shop) == Decimal("54.00")


def test_closing_a_review_needs_the_change_permission(shop, client):
    client.force_login(get_user_model().objects.create_user("lee", is_staff=True))
    intent = pay_twice(shop)

    answer = client.post(reverse("admin:checkout_paymentintent_refund", args=[intent.pk]))

    assert answer.status_code == 403
    assert PaymentIntent.objects.get(pk=intent.pk).status == "review"


def test_admin_lists_open(shop, client):
    client.force_login(get_user_model().objects.create_superuser("kim"))
    pay_twice(shop)

    for name in ("paymentintent", "webhookevent", "shippingmethod"):
        assert client.get(reverse(f"admin:checkout_{name}_changelist")).status_code == 200


def test_charge_that_is_listed_twice_is_refunded_once(shop):
    pay_at_link(submit_checkout(shop))
    data = shop.sandbox.orders()[0]
    (charge,) = data["transactions"]

    body = review_refunds.build_full_refund_body(
        deserialize_order(data | {"transactions": [charge, charge]}), note="Paid twice."
    )

    assert body["transactions"] == [{"id": charge["id"], "amount": charge["amount"]}]


def test_refunded_difference_of_an_order_paid_meanwhile_leaves_the_rest_to_refund(shop):
    """S39: the refund is recorded though the payment can no longer be accepted."""
    other = submit_checkout(shop, make_selection(shop, title="White"), form="other")
    intent = pay_too_much(shop)
    shop.sandbox.plan_fault("status", operation="ordersRefundCreate", status=503, when="after")
    shop.sandbox.plan_fault("stale", operation="ordersRetrieve", skip=1)
    with pytest.raises(RefundInDoubt):
        review_refunds.refund_review_difference(intent=intent, actor="kim")
    pay_at_link(other)
    assert check_payment_intent(intent=other, source="webhook").status == "succeeded"

    make_older(seconds=10)
    assert reconcile_due_rows()["refunds in doubt: done"] == 1
    assert OrderReview.objects.open().get().payment_intent_id == intent.pk
    review_refunds.refund_reviewed_payment(intent=intent, actor="kim")

    assert net_charged(shop) == Decimal("54.00")
    assert not Order.objects.get().is_in_review
