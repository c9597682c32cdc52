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
from nextcommerce.client import NextClient
from nextcommerce.deserializers import deserialize_order
from orders import staff_actions
from orders.models import Order, OrderReview, RefundRequest
from orders.refund_requests import RefundInDoubt
from orders.refunds import unshipped_quantities
from stores.errors import Conflict, Problem
from stores.next_client import open_next_client
from tests.factories import make_review, variant_of
from tests.payments.helpers import (
    make_selection,
    net_charged,
    pay_at_link,
    post_return,
    stock_of,
    submit_checkout,
)
from tests.reliability.invariants import make_older


def pay_wrong_total(shop, quantity=1):
    """Return a payment in review because its total differs from the order's."""
    intent = submit_checkout(shop, make_selection(shop, quantity=quantity))
    pay_at_link(intent)
    next_order = deserialize_order(shop.sandbox.orders()[0] | {"total_incl_tax": "60.00"})
    return settle_payment_intent(intent=intent, next_order=next_order, source="webhook")


def pay_too_much(shop):
    """Return a payment in review because NEXT charged 61.50 for an order of 54.00: a bulb was added."""
    intent = submit_checkout(shop)
    pay_at_link(intent)
    number = shop.sandbox.orders()[0]["number"]
    bulb = variant_of(shop.products.get(name="Light bulb")).next_variant_id
    lines = {"lines": [{"product_id": bulb, "quantity": 1, "price": "7.50"}]}
    assert shop.sandbox.call("POST", f"orders/{number}/add-line-items/", lines).ok
    check_payment_intent(intent=intent, source="webhook")
    intent.refresh_from_db()
    assert intent.status == "review"
    return intent


def pay_twice(shop):
    """Pay two attempts for one order. Return the second, which is in review."""
    first = submit_checkout(shop, form="first")
    second = submit_checkout(shop, make_selection(shop, title="White"), form="second")
    pay_at_link(first)
    pay_at_link(second)
    check_payment_intent(intent=first, source="webhook")
    return check_payment_intent(intent=second, source="webhook")


def pay_twice_after_selling_out(shop):
    """Pay two attempts whose items have sold out since, and come back. Return both intents."""
    shop.next_sends_receipt = False
    shop.save()
    first = submit_checkout(shop, form="first")
    second = submit_checkout(shop, make_selection(shop, title="White"), form="second")
    shop.products.get(name="Desk lamp").variants.update(inventory_quantity=0)
    for intent in (first, second):
        intent.store = shop
        post_return(intent, pay_at_link(intent))
        intent.refresh_from_db()
    return first, second


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
    assert "1 open review" in admin_client.get("/admin/").text
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
    assert "Refunded in NEXT." in Order.objects.get().events.last().text


def test_review_settled_elsewhere_leaves_the_money_and_tells_the_shopper(shop, client):
    intent = pay_wrong_total(shop)
    page = f"{shop.origin}{payment_page_url(intent)}"

    reviews.settle_review_elsewhere(intent=intent, actor="kim", note="Paid by bank transfer.")

    intent.refresh_from_db()
    assert intent.status == "settled_elsewhere"
    assert net_charged(shop) == Decimal("54.00")
    assert (Order.objects.get().status, stock_of(shop)) == ("Canceled", 10)
    log = Order.objects.get().events.get(kind="reviewed").text
    assert "settled elsewhere" in log
    assert "NEXT Commerce keeps its order and the money. Paid by bank transfer." in log
    for address in (page, Order.objects.get().get_absolute_url()):
        text = client.get(address).text
        assert "Nothing was charged" not in text
        assert "another way" in text


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
    assert (review.kind, review.payment_intent_id, review.text) == (
        "extra_refund",
        intent.pk,
        "NEXT Commerce refunded 7.50 USD more than the 7.50 USD that kim requested.",
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
