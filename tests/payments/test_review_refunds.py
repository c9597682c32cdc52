"""Refunds of payments in review, whole or the difference. Each is made once, and its review closes once."""

from decimal import Decimal

import pytest
from django.urls import reverse

from checkout.models import PaymentIntent
from checkout.payments import review_refunds, reviews
from checkout.payments.reconcile import reconcile_due_rows
from nextcommerce.client import NextClient
from nextcommerce.deserializers import deserialize_order
from orders.models import Order, OrderReview, RefundRequest
from orders.refund_requests import RefundInDoubt
from orders.refunds import unshipped_quantities
from stores.errors import Conflict, Problem
from tests.payments.helpers import net_charged, pay_at_link, stock_of, submit_checkout
from tests.payments.reviewed_payments import pay_too_much, pay_twice, pay_wrong_total
from tests.reliability.invariants import make_older


def test_refunding_the_only_payment_cancels_the_order(shop):
    intent = pay_wrong_total(shop)

    review_refunds.refund_reviewed_payment(intent=intent, actor="kim")

    assert Order.objects.get().status == "Canceled"
    assert net_charged(shop) == 0
    assert stock_of(shop) == 10


def test_shipped_items_are_returned_and_unshipped_ones_canceled(shop):
    """Two of three lamps are shipped, one is not."""
    intent = pay_wrong_total(shop, quantity=3)
    (order,) = shop.sandbox.orders()
    (line,) = order["lines"]
    without_counts = deserialize_order(order | {"lines": [line | {"fulfillable_quantity": None}]})
    assert unshipped_quantities(without_counts) == {line["id"]: 3}
    shop.sandbox.edit_order(
        order["number"], fulfil={"lines": [{"line_id": order["lines"][0]["id"], "quantity": 2}]}
    )

    review_refunds.refund_reviewed_payment(intent=intent, actor="kim")

    (refund,) = shop.sandbox.orders()[0]["refunds"]
    refund_lines = refund["refund_line_items"]
    assert [(row["quantity"], row["restock_type"]) for row in refund_lines] == [(1, "cancel"), (2, "return")]
    assert net_charged(shop) == 0


def test_refunding_an_authorized_payment_voids_it(shop):
    """Nothing was charged yet that could be refunded, but it would be charged on shipping."""
    shop.sandbox.switches(payment_status="authorized")
    intent = pay_wrong_total(shop)

    review_refunds.refund_reviewed_payment(intent=intent, actor="kim")

    (next_order,) = shop.sandbox.orders()
    assert (next_order["status"], next_order["payment_status"]) == ("canceled", "voided")
    assert PaymentIntent.objects.get().status == "refunded"
    assert Order.objects.get().status == "Canceled"


def test_payment_that_next_does_not_have_cannot_be_accepted(shop):
    """The authorization was voided in NEXT, NEXT doesn't respond, or there is no NEXT order."""
    shop.sandbox.switches(payment_status="authorized")
    intent = pay_wrong_total(shop)
    shop.sandbox.edit_order(intent.next_order_number, cancel={"full_refund": True})

    with pytest.raises(Problem, match="doesn't have the money"):
        reviews.accept_reviewed_payment(intent=intent, actor="kim")

    shop.sandbox.plan_fault("status", operation="ordersRetrieve", status=503, when="before", times=3)
    with pytest.raises(Problem, match="couldn't be reached"):
        reviews.accept_reviewed_payment(intent=intent, actor="kim")
    intent.next_order_number = None
    with pytest.raises(Problem, match="has no NEXT Commerce order"):
        reviews.accept_reviewed_payment(intent=intent, actor="kim")
    assert Order.objects.get().status == "Pending"


def test_payment_without_a_listed_charge_is_not_reported_as_refunded(shop, monkeypatch):
    intent = pay_wrong_total(shop)
    paid = deserialize_order(shop.sandbox.orders()[0] | {"transactions": None})
    monkeypatch.setattr(NextClient, "retrieve_order", lambda api, number: paid)

    with pytest.raises(Problem, match="lists no charge"):
        review_refunds.refund_reviewed_payment(intent=intent, actor="kim")

    intent.refresh_from_db()
    assert intent.status == "review"


def test_refund_that_has_no_transaction_is_not_made_again(shop):
    """NEXT lists some refunds among the transactions only, and some not there."""
    pay_at_link(submit_checkout(shop))
    data = shop.sandbox.orders()[0]
    (charge,) = data["transactions"]
    refunded = deserialize_order(data | {"refunds": [{"id": 5, "total_refund_amount": "20.00"}]})

    body = review_refunds.build_full_refund_body(refunded, note="Wrong total.")

    assert body["transactions"] == [{"id": charge["id"], "amount": "34.00"}]


def test_full_refund_expects_what_it_requests(shop, monkeypatch):
    """A charge without an id can't be refunded, so nobody waits for it to be."""
    intent = pay_wrong_total(shop)
    data = shop.sandbox.orders()[0]
    (charge,) = data["transactions"]
    nameless = charge | {"id": None, "amount": "6.00"}
    paid = deserialize_order(data | {"transactions": [charge, nameless]})
    retrieve = NextClient.retrieve_order
    answers = [paid]
    monkeypatch.setattr(
        NextClient,
        "retrieve_order",
        lambda api, number: answers.pop() if answers else retrieve(api, number),
    )

    review_refunds.refund_reviewed_payment(intent=intent, actor="kim")

    assert [(row.amount, row.state) for row in RefundRequest.objects.all()] == [(Decimal("54.00"), "done")]
    assert PaymentIntent.objects.get().status == "refunded"


def test_second_refund_is_refused(shop):
    """S23."""
    intent = pay_twice(shop)
    review_refunds.refund_reviewed_payment(intent=intent, actor="kim")

    with pytest.raises(Conflict):
        review_refunds.refund_reviewed_payment(intent=intent, actor="lee")

    assert net_charged(shop) == Decimal("54.00")


def test_payment_being_refunded_is_neither_accepted_nor_closed(shop):
    intent = pay_wrong_total(shop)
    shop.sandbox.plan_fault("close", operation="ordersRefundCreate", when="before")
    with pytest.raises(RefundInDoubt, match="We're checking whether NEXT Commerce made this refund"):
        review_refunds.refund_reviewed_payment(intent=intent, actor="kim")

    with pytest.raises(Conflict, match="being refunded"):
        reviews.accept_reviewed_payment(intent=intent, actor="lee")
    with pytest.raises(Conflict, match="being refunded"):
        reviews.settle_review_elsewhere(intent=intent, actor="lee", note="By bank transfer.")

    assert Order.objects.get().status == "Pending"


def test_review_closes_only_once_next_holds_no_money(shop):
    """The order stays unpaid, so nobody may read that nothing was charged while NEXT has the money."""
    intent = pay_twice(shop)
    with pytest.raises(Conflict, match=r"NEXT Commerce still holds \$54\.00 for this payment"):
        reviews.dismiss_review(intent=intent, actor="kim", note="It is this one.")
    assert PaymentIntent.objects.get(pk=intent.pk).status == "review"
    shop.sandbox.plan_fault("status", operation="ordersRetrieve", status=503, times=3)
    with pytest.raises(Problem, match="couldn't be reached"):
        reviews.dismiss_review(intent=intent, actor="kim", note="It is this one.")

    shop.sandbox.edit_order(intent.next_order_number, refund={})
    reviews.dismiss_review(intent=intent, actor="kim", note="Refunded in NEXT.")

    intent.refresh_from_db()
    assert intent.status == "discarded"
    for close in (reviews.accept_reviewed_payment, reviews.dismiss_review):
        with pytest.raises(Problem):
            close(intent=intent, actor="ada")
    assert "Refunded in NEXT." in str(Order.objects.get().events.last().text)


def test_difference_of_a_wrong_amount_is_refunded_and_the_payment_accepted(shop):
    intent = pay_too_much(shop)

    review_refunds.refund_review_difference(intent=intent, actor="kim")

    order = Order.objects.get()
    assert net_charged(shop) == Decimal("54.00")
    assert (order.is_paid, order.is_in_review, order.refunded_amount) == (True, False, Decimal("7.50"))
    assert OrderReview.objects.get().resolution == "accepted"


def change_answers(monkeypatch, **changes):
    """Have NEXT answer with these values of the reviewed order."""

    def retrieve(intent):
        return deserialize_order(intent.store.sandbox.orders()[0] | changes)

    monkeypatch.setattr(review_refunds, "retrieve_reviewed_order", retrieve)


def test_difference_is_what_was_charged_beyond_the_order_and_not_the_total(shop, monkeypatch):
    """S34: a total of which NEXT charged a part only would give back the price of the order, too."""
    intent = pay_too_much(shop)
    intent.store = shop
    change_answers(monkeypatch, total_incl_tax="200.00")

    review_refunds.refund_review_difference(intent=intent, actor="kim")

    assert net_charged(shop) == Decimal("54.00")
    assert RefundRequest.objects.get().amount == Decimal("7.50")


def test_difference_that_was_never_charged_is_not_refunded(shop, monkeypatch):
    intent = pay_too_much(shop)
    intent.store = shop
    charges = [row for row in shop.sandbox.orders()[0]["transactions"] if row["amount"] == "54.00"]
    change_answers(monkeypatch, transactions=charges)

    with pytest.raises(Problem, match="charged nothing beyond the order"):
        review_refunds.refund_review_difference(intent=intent, actor="kim")

    assert (net_charged(shop), RefundRequest.objects.count()) == (Decimal("61.50"), 0)


def test_difference_of_charges_without_an_id_is_not_refunded_in_part(shop, monkeypatch):
    intent = pay_too_much(shop)
    intent.store = shop
    first, *_added = shop.sandbox.orders()[0]["transactions"]
    change_answers(monkeypatch, transactions=[{**first, "id": None, "amount": "61.50"}])

    with pytest.raises(Problem, match="lists no charge to refund"):
        review_refunds.refund_review_difference(intent=intent, actor="kim")

    assert net_charged(shop) == Decimal("61.50")


def test_difference_that_was_refunded_twice_is_a_review_with_the_amount(shop):
    """S34: the payment is accepted, and what was refunded of its price is told."""
    intent = pay_too_much(shop)
    shop.sandbox.plan_fault("repeat", operation="ordersRefundCreate")

    review_refunds.refund_review_difference(intent=intent, actor="kim")

    assert net_charged(shop) == Decimal("46.50")
    review = OrderReview.objects.open().get()
    assert (review.kind, review.payment_intent_id, str(review.text)) == (
        "extra_refund",
        intent.pk,
        "NEXT Commerce refunded $7.50 more than the $7.50 that kim requested.",
    )


def test_difference_is_offered_only_where_there_is_one(shop, admin_client):
    too_much = pay_too_much(shop)
    page = reverse("admin:checkout_paymentintent_change", args=[too_much.pk])
    assert "Refund the difference and accept" in admin_client.get(page).text


def test_difference_of_a_duplicate_payment_is_not_offered(shop, admin_client):
    duplicate = pay_twice(shop)
    page = reverse("admin:checkout_paymentintent_change", args=[duplicate.pk])
    assert "Refund the difference and accept" not in admin_client.get(page).text
    with pytest.raises(Conflict, match="Only a payment of a wrong amount"):
        review_refunds.refund_review_difference(intent=duplicate, actor="kim")


@pytest.mark.parametrize("refund", ["refund_reviewed_payment", "refund_review_difference"])
@pytest.mark.parametrize("status", [400, 404, 409, 422, 429, 503])
def test_refund_that_was_made_ends_the_review_whatever_next_answered(shop, refund, status):
    """S33."""
    intent = pay_too_much(shop)
    shop.sandbox.plan_fault("status", operation="ordersRefundCreate", status=status, when="after")

    getattr(review_refunds, refund)(intent=intent, actor="kim")

    assert not Order.objects.get().is_in_review
    calls = [call for call in shop.sandbox.requests() if call["operation"] == "ordersRefundCreate"]
    assert len(calls) == 1


@pytest.mark.parametrize("status", [400, 404, 409, 422, 429, 503])
def test_refund_that_was_not_made_keeps_the_review_open(shop, status):
    """S33: nothing is refunded again before that is known."""
    intent = pay_twice(shop)
    shop.sandbox.plan_fault("status", operation="ordersRefundCreate", status=status, when="before")
    for _ in range(2):
        with pytest.raises(RefundInDoubt):
            review_refunds.refund_reviewed_payment(intent=intent, actor="kim")
    assert PaymentIntent.objects.get(pk=intent.pk).status == "review"

    make_older(minutes=4)
    assert reconcile_due_rows()["refunds in doubt: refused"] == 1
    review_refunds.refund_reviewed_payment(intent=intent, actor="kim")

    assert net_charged(shop) == Decimal("54.00")
    assert PaymentIntent.objects.get(pk=intent.pk).status == "refunded"


def test_reconciler_finishes_a_review_whose_refund_shows_late(shop):
    """S35."""
    intent = pay_too_much(shop)
    shop.sandbox.plan_fault("stale", operation="ordersRetrieve", skip=1)
    with pytest.raises(RefundInDoubt):
        review_refunds.refund_review_difference(intent=intent, actor="kim")

    make_older(seconds=10)
    assert reconcile_due_rows()["refunds in doubt: done"] == 1

    assert (Order.objects.get().is_paid, net_charged(shop)) == (True, Decimal("54.00"))
