"""Payments under review: what staff can do with them, and that each ends once."""

from decimal import Decimal

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.urls import reverse

from checkout.models import PaymentIntent
from checkout.payments import reviews
from checkout.payments.place_order import AlreadyPaid
from checkout.payments.settle import check_payment_intent, settle_payment_intent
from nextcommerce.client import NextClient
from nextcommerce.order_schemas import NextOrder
from orders import staff_actions
from orders.models import Order
from orders.refunds import unshipped_quantities
from stores.errors import Conflict, Problem
from stores.next_client import open_next_client
from tests.payments.helpers import (
    make_selection,
    net_charged,
    pay_at_link,
    post_return,
    stock_of,
    submit_checkout,
)


def differs(shop, quantity=1):
    """A payment whose total is not what was asked for."""
    intent = submit_checkout(shop, make_selection(shop, quantity=quantity))
    pay_at_link(intent)
    raw = dict(open_next_client(shop).retrieve_order(shop.sandbox.orders()[0]["number"]).raw)
    return settle_payment_intent(
        intent=intent, next_order=NextOrder.parse(raw | {"total_incl_tax": "60.00"}), source="webhook"
    )


def paid_twice(shop):
    """Two attempts for one order, both paid; the second is under review."""
    first = submit_checkout(shop, form="first")
    second = submit_checkout(shop, make_selection(shop, title="White"), form="second")
    pay_at_link(first)
    pay_at_link(second)
    check_payment_intent(intent=first, source="webhook")
    return check_payment_intent(intent=second, source="webhook")


def test_accepting_makes_the_order_paid_and_ends_the_review(shop):
    intent = differs(shop)
    with pytest.raises(AlreadyPaid):
        submit_checkout(shop, form="once more")

    reviews.accept_reviewed_payment(intent=intent, actor="kim")

    order = Order.objects.get()
    assert order.status == "Paid"
    assert order.review_reason == ""
    assert [event.kind for event in order.events.all()] == ["review", "reviewed", "paid"]
    assert order.events.get(kind="reviewed").actor == "kim"
    assert stock_of(shop) == 9


def test_a_second_payment_cannot_be_accepted_but_is_refunded_whole(shop):
    """S6."""
    intent = paid_twice(shop)
    with pytest.raises(Conflict, match="paid by another attempt"):
        reviews.accept_reviewed_payment(intent=intent, actor="kim")

    reviews.refund_reviewed_payment(intent=intent, actor="kim")

    intent.refresh_from_db()
    order = Order.objects.get()
    assert intent.status == "refunded"
    assert (order.status, order.review_reason) == ("Paid", "")
    assert net_charged(shop) == Decimal("54.00")


def test_another_attempt_that_ends_unpaid_lets_go_of_nothing_that_the_review_holds(shop):
    unpaid = submit_checkout(shop, form="second tab")
    intent = differs(shop)

    post_return(unpaid, {})

    unpaid.refresh_from_db()
    assert (unpaid.status, stock_of(shop)) == ("declined", 9)
    reviews.refund_reviewed_payment(intent=intent, actor="kim")
    assert stock_of(shop) == 10


def test_an_order_whose_review_was_ended_is_not_paid_again_while_its_payment_waits_for_staff(shop):
    differs(shop)
    staff_actions.resolve_order_review(order=Order.objects.get(), actor="kim", note="looked at")

    with pytest.raises(AlreadyPaid):
        submit_checkout(shop, form="once more")

    assert net_charged(shop) == Decimal("54.00")


def test_refunding_an_order_that_was_never_paid_otherwise_cancels_it(shop):
    intent = differs(shop)

    reviews.refund_reviewed_payment(intent=intent, actor="kim")

    assert Order.objects.get().status == "Canceled"
    assert net_charged(shop) == 0
    assert stock_of(shop) == 10


def test_goods_of_the_payment_that_were_sent_meanwhile_are_returned_not_canceled(shop):
    """3.5: of three lamps two are on their way, one is not."""
    intent = differs(shop, quantity=3)
    (order,) = shop.sandbox.orders()
    (line,) = order["lines"]
    on_the_shelf = NextOrder.parse(order | {"lines": [line | {"fulfillable_quantity": None}]})
    assert unshipped_quantities(on_the_shelf) == {line["id"]: 3}
    shop.sandbox.edit_order(
        order["number"], fulfil={"lines": [{"line_id": order["lines"][0]["id"], "quantity": 2}]}
    )

    reviews.refund_reviewed_payment(intent=intent, actor="kim")

    (refund,) = shop.sandbox.orders()[0]["refunds"]
    back = refund["refund_line_items"]
    assert [(row["quantity"], row["restock_type"]) for row in back] == [(1, "cancel"), (2, "return")]
    assert net_charged(shop) == 0


def test_refunding_what_was_only_authorised_lets_go_of_it(shop):
    """Facts 7.23: nothing was taken that could go back, but it would be."""
    shop.sandbox.switches(payment_status="authorized")
    intent = differs(shop)

    reviews.refund_reviewed_payment(intent=intent, actor="kim")

    (next_order,) = shop.sandbox.orders()
    assert (next_order["status"], next_order["payment_status"]) == ("canceled", "voided")
    assert PaymentIntent.objects.get().status == "refunded"
    assert Order.objects.get().status == "Canceled"


def test_what_the_store_does_not_have_cannot_be_accepted(shop):
    """Authorised, and let go of in the store since; or the store does not say."""
    shop.sandbox.switches(payment_status="authorized")
    intent = differs(shop)
    shop.sandbox.edit_order(intent.next_order_number, cancel={"full_refund": True})

    with pytest.raises(Problem, match="does not have the money"):
        reviews.accept_reviewed_payment(intent=intent, actor="kim")

    shop.sandbox.plan_fault("status", operation="ordersRetrieve", status=503, when="before", times=3)
    with pytest.raises(Problem, match="could not be asked"):
        reviews.accept_reviewed_payment(intent=intent, actor="kim")
    intent.next_order_number = None
    with pytest.raises(Problem, match="No order of the store"):
        reviews.accept_reviewed_payment(intent=intent, actor="kim")
    assert Order.objects.get().status == "Pending"


def test_money_of_which_the_store_names_no_charge_is_not_said_to_be_refunded(shop, monkeypatch):
    intent = differs(shop)
    paid = NextOrder.parse(shop.sandbox.orders()[0] | {"transactions": None})
    monkeypatch.setattr(NextClient, "retrieve_order", lambda api, number: paid)

    with pytest.raises(Problem, match="names no charge"):
        reviews.refund_reviewed_payment(intent=intent, actor="kim")

    intent.refresh_from_db()
    assert (intent.status, intent.refund_requested_at) == ("review", None)


def test_a_second_refund_is_refused(shop):
    """S23."""
    intent = paid_twice(shop)
    reviews.refund_reviewed_payment(intent=intent, actor="kim")

    with pytest.raises(Conflict):
        reviews.refund_reviewed_payment(intent=intent, actor="lee")

    assert net_charged(shop) == Decimal("54.00")


def test_a_refund_whose_answer_was_lost_is_not_made_again(shop):
    """S21, S23."""
    intent = paid_twice(shop)
    shop.sandbox.plan_fault("close", operation="ordersRefundCreate", when="after")
    with pytest.raises(Conflict, match="answer was lost"):
        reviews.refund_reviewed_payment(intent=intent, actor="kim")
    with pytest.raises(Conflict):
        reviews.refund_reviewed_payment(intent=intent, actor="kim")
    then = PaymentIntent.objects.get(pk=intent.pk).refund_requested_at - reviews.LEASE
    PaymentIntent.objects.filter(pk=intent.pk).update(refund_requested_at=then)

    reviews.refund_reviewed_payment(intent=intent, actor="kim")

    assert PaymentIntent.objects.get(pk=intent.pk).status == "refunded"
    assert net_charged(shop) == Decimal("54.00")


def test_a_payment_whose_refund_is_under_way_cannot_be_accepted(shop):
    intent = differs(shop)
    shop.sandbox.plan_fault("close", operation="ordersRefundCreate", when="after")
    with pytest.raises(Conflict, match="answer was lost"):
        reviews.refund_reviewed_payment(intent=intent, actor="kim")

    with pytest.raises(Conflict, match="being refunded"):
        reviews.accept_reviewed_payment(intent=intent, actor="lee")

    assert Order.objects.get().status == "Pending"


def test_a_refused_refund_keeps_the_review_open(shop):
    intent = paid_twice(shop)
    shop.sandbox.plan_fault("status", operation="ordersRefundCreate", status=400, when="before")

    with pytest.raises(Exception, match="did not refund"):
        reviews.refund_reviewed_payment(intent=intent, actor="kim")

    intent.refresh_from_db()
    assert (intent.status, intent.refund_requested_at) == ("review", None)


def test_closing_by_hand_moves_no_money(shop):
    intent = paid_twice(shop)

    reviews.dismiss_review(intent=intent, actor="kim", note="Agreed with the customer.")

    intent.refresh_from_db()
    assert intent.status == "discarded"
    for end in (reviews.accept_reviewed_payment, reviews.dismiss_review):
        with pytest.raises(Conflict, match="has ended already"):
            end(intent=intent, actor="ada")
    assert net_charged(shop) == Decimal("108.00")
    assert "Agreed with the customer." in Order.objects.get().events.last().text


def test_staff_see_the_review_and_end_it_in_the_admin(shop, client):
    client.force_login(get_user_model().objects.create_superuser("kim"))
    intent = paid_twice(shop)
    # As the list leads to it.
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


def test_who_may_not_change_orders_may_not_end_a_review(shop, client):
    client.force_login(get_user_model().objects.create_user("lee", is_staff=True))
    intent = paid_twice(shop)

    answer = client.post(reverse("admin:checkout_paymentintent_refund", args=[intent.pk]))

    assert answer.status_code == 403
    assert PaymentIntent.objects.get(pk=intent.pk).status == "review"


def test_lists_of_payments_and_webhooks_open(shop, client):
    client.force_login(get_user_model().objects.create_superuser("kim"))
    paid_twice(shop)

    for name in ("paymentintent", "webhookevent", "shippingmethod"):
        assert client.get(reverse(f"admin:checkout_{name}_changelist")).status_code == 200
