"""A payment request is paid once, whatever happens twice, at once, late, or after it was canceled."""

import datetime
import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import PaymentLink
from checkout.payments.reconcile import reconcile_due_rows
from orders.models import Order, OrderReview, PaymentRequest
from orders.new_payment_requests import RequestedItem
from orders.payment_requests import cancel_payment_request
from stores.errors import Conflict, Problem
from tests.factories import make_payment_request, variant_of
from tests.payment_requests.checkout import ask_again, start_paying
from tests.payments.helpers import age_intent, net_charged, order_create_calls, pay_at_link, post_return


def test_what_was_asked_for_is_what_next_charges_and_the_order_says_what_it_is(shop, request_):
    intent = start_paying(request_)
    post_return(intent, pay_at_link(intent))

    (line,) = order_create_calls(shop)[0]["body"]["lines"]
    assert (line["price"], line["quantity"]) == ("120.00", 1)
    assert line["metadata"] == {"custom_text": "Workshop deposit"}
    order = Order.objects.get()
    request_.refresh_from_db()
    assert (request_.order, request_.paid_at is not None) == (order, True)
    assert (order.status, order.total, net_charged(shop)) == ("Paid", Decimal(120), Decimal(120))
    assert order.items.get().custom_text == "Workshop deposit"
    assert not order.is_in_review


@pytest.mark.any_database
def test_several_products_are_charged_at_the_prices_that_were_told(shop):
    bulb, notes = (shop.products.get(name=name) for name in ("Light bulb", "Field notes"))
    items = (RequestedItem(variant_of(bulb).pk, 2), RequestedItem(variant_of(notes).pk, 3, Decimal("4.50")))
    asked = make_payment_request(bulb, items=items)
    bulb.variants.update(price="99.00")  # raised since
    ask_again(asked, shop)

    intent = start_paying(asked)
    post_return(intent, pay_at_link(intent))

    lines = order_create_calls(shop)[0]["body"]["lines"]
    assert [(line["price"], line["quantity"]) for line in lines] == [("7.50", 2), ("4.50", 3)]
    assert asked.amount == Decimal("28.50")
    assert net_charged(shop) == Decimal("33.50")  # and 5.00 for shipping


@pytest.mark.any_database
def test_nobody_can_change_quantity_price_or_plan_by_the_address(request_):
    intent = start_paying(request_, quantity="5", amount="0.50", text="Free")

    (item,) = intent.snapshot["items"]
    assert (item["quantity"], item["unit_price"], item["custom_text"]) == (1, "120.00", "Workshop deposit")
    with pytest.raises(Problem, match="no longer available"):
        start_paying(request_, key="second", plan="sp_any")


@pytest.mark.any_database
def test_second_payment_cannot_start_while_one_is_under_way_or_done(request_, client):
    intent = start_paying(request_)
    with pytest.raises(Conflict, match="right now"):
        start_paying(request_, key="second")
    post_return(intent, pay_at_link(intent))

    with pytest.raises(Conflict, match="no longer available"):
        start_paying(request_, key="third")
    assert "has been paid" in client.get(request_.link.get_absolute_url()).text


def test_second_payment_of_a_page_left_open_at_link_is_put_before_staff(shop, request_):
    """The first payer's stock ran out while they were at Link, and another device paid meanwhile."""
    first = start_paying(request_)
    age_intent(first, hours=2)
    reconcile_due_rows()
    second = start_paying(request_, key="second")
    post_return(second, pay_at_link(second))

    post_return(first, pay_at_link(first))

    request_.refresh_from_db()
    assert request_.order_id == second.order_id
    review = OrderReview.objects.get()
    assert (review.order_id, review.kind) == (first.order_id, "payment_request")
    assert str(review.text) == "The payment request was already paid by another order. Refund one of them."
    assert net_charged(shop) == Decimal(240)


@pytest.mark.any_database
def test_payment_that_settles_again_opens_no_review(request_):
    intent = start_paying(request_)
    response = pay_at_link(intent)
    for _delivery in range(3):
        post_return(intent, response)

    request_.refresh_from_db()
    assert request_.order_id == intent.order_id
    assert not OrderReview.objects.exists()


@pytest.mark.any_database
def test_payment_under_way_when_the_request_expires_counts(request_):
    intent = start_paying(request_)
    PaymentLink.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))

    post_return(intent, pay_at_link(intent))

    request_.refresh_from_db()
    assert request_.order_id == intent.order_id
    assert not OrderReview.objects.exists()


@pytest.mark.any_database
def test_payment_under_way_when_the_request_is_canceled_is_put_before_staff(request_, client):
    intent = start_paying(request_)
    cancel_payment_request(request=request_)
    assert "was withdrawn" in client.get(request_.link.get_absolute_url()).text

    post_return(intent, pay_at_link(intent))

    request_.refresh_from_db()
    review = OrderReview.objects.get()
    assert request_.order_id == intent.order_id
    assert str(review.text) == "Paid after the payment request was canceled. Keep the payment or refund it."


@pytest.mark.any_database
def test_request_paid_before_it_is_canceled_stays_open_to_refund_alone(request_):
    intent = start_paying(request_)
    post_return(intent, pay_at_link(intent))

    with pytest.raises(Conflict, match="Refund its order instead"):
        cancel_payment_request(request=request_)


@pytest.mark.any_database
def test_expired_request_takes_no_payment(request_, client):
    PaymentLink.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))

    with pytest.raises(Problem, match="expired"):
        start_paying(request_)
    assert client.get(request_.link.get_absolute_url()).status_code == 410


@pytest.mark.concurrent
def test_two_payments_settled_at_once_pay_it_once(shop, request_):
    first = start_paying(request_)
    age_intent(first, hours=2)
    reconcile_due_rows()
    second = start_paying(request_, key="second")
    responses = [(intent, pay_at_link(intent)) for intent in (first, second)]

    def settle(intent, response):
        try:
            post_return(intent, response)
        finally:
            connection.close()

    threads = [threading.Thread(target=settle, args=pair) for pair in responses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    paid = PaymentRequest.objects.get()
    assert paid.order_id in {first.order_id, second.order_id}
    review = OrderReview.objects.get()
    assert review.order_id == ({first.order_id, second.order_id} - {paid.order_id}).pop()
