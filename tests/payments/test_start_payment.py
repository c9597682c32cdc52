"""Starting a payment with NEXT: refusals, lost and late responses, throttling and repeated clicks."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.missing_products import list_missing_products
from catalog.models import Variant
from checkout.models import PaymentIntent
from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent
from checkout.payments.start import payment_error_message
from nextcommerce.client import NextClient
from nextcommerce.deserializers import deserialize_order
from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.sentences import QUOTED
from orders.models import Order, OrderReview
from tests.factories import variant_of
from tests.payments.helpers import (
    age_intent,
    deliver_webhook,
    make_selection,
    net_charged,
    order_create_calls,
    pay_at_link,
    stock_of,
    submit_checkout,
)
from tests.reliability.invariants import make_older


def test_refused_payment_says_why_and_releases_the_stock(shop):
    shop.sandbox.configure(catalogue=shop.sandbox.settings["catalogue"] | {"products": []})

    intent = submit_checkout(shop)

    assert intent.status == "declined"
    assert "Nothing was charged" in str(intent.message)
    assert stock_of(shop) == 10
    assert Order.objects.get().status == "Pending"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ({"outcome": CallOutcome.RETRY}, "The payment service is busy."),
        ({"fields": {"billing_address": ["Unknown."]}}, "Your address wasn't accepted."),
        ({"fields": {"user": ["Invalid."]}}, "Your email address or phone number wasn't accepted."),
        ({"code": "2000"}, "Your payment was declined."),
        ({}, "We couldn't start the payment."),
    ],
)
def test_payment_errors_are_shown_in_plain_words(error, message):
    refused = NextApiError(QUOTED.fill(text="No."), **{"outcome": CallOutcome.REFUSED, **error})

    assert str(payment_error_message(refused)).startswith(message)


def test_paid_shopper_who_reposts_the_form_is_not_sent_to_link(shop):
    """S1: the return was lost."""
    intent = submit_checkout(shop)
    pay_at_link(intent)
    age_intent(intent, expire_hold=False, seconds=11)

    assert submit_checkout(shop).status == "succeeded"
    assert len(order_create_calls(shop)) == 1


def test_intent_settled_before_the_response_is_not_redirected(shop, monkeypatch):
    """The outcome was found while NEXT was still responding."""
    create = NextClient.create_order

    def respond_late(api, body):
        response = create(api, body)
        PaymentIntent.objects.update(status="succeeded")
        return response

    monkeypatch.setattr(NextClient, "create_order", respond_late)

    intent = submit_checkout(shop)
    assert (intent.status, intent.payment_complete_url) == ("succeeded", "")


def test_late_refusal_keeps_the_stock_of_another_attempt(shop, monkeypatch):
    """S6: the selection changed in another tab while NEXT was responding."""
    create = NextClient.create_order

    def refuse_late(api, body):
        monkeypatch.setattr(NextClient, "create_order", create)
        submit_checkout(shop, make_selection(shop, title="White"), form="one white")
        raise NextApiError(QUOTED.fill(text="No."), outcome=CallOutcome.REFUSED, status=400)

    monkeypatch.setattr(NextClient, "create_order", refuse_late)

    assert submit_checkout(shop).status == "declined"
    assert (stock_of(shop), stock_of(shop, title="White")) == (10, 9)


def test_order_created_without_redirect_is_settled_even_without_its_tag(shop, monkeypatch):
    shop.sandbox.switches(strip_tags=True, strip_attribution=True)
    pay_without_redirect(monkeypatch)

    assert submit_checkout(shop).status == "succeeded"
    assert Order.objects.get().next_order_number == shop.sandbox.orders()[0]["number"]


def test_response_with_another_payments_order_settles_nothing(shop, monkeypatch):
    """S8: NEXT answers what it takes for a duplicate with the first order."""
    pay_at_link(submit_checkout(shop))
    first = deserialize_order(shop.sandbox.orders()[0])
    monkeypatch.setattr(NextClient, "create_order", lambda api, body: first)

    second = submit_checkout(shop, key="purchase-2")

    assert second.is_unclear
    assert Order.objects.get(checkout_key="purchase-2").status == "Pending"


def test_payment_is_not_written_off_while_its_call_is_running(shop, monkeypatch):
    """S15: NEXT is slow, and the page of a second click keeps checking."""
    create = NextClient.create_order

    def create_slowly(api, body):
        started_at = timezone.now() - datetime.timedelta(seconds=25)
        PaymentIntent.objects.update(created_at=started_at, check_count=9)
        check_payment_intent(intent=PaymentIntent.objects.get(), source="shopper")
        return create(api, body)

    monkeypatch.setattr(NextClient, "create_order", create_slowly)

    assert submit_checkout(shop).status == "redirected"
    assert PaymentIntent.objects.get().status == "redirected"
    assert stock_of(shop) == 9


def test_same_form_can_be_posted_again_after_a_refusal(shop):
    shop.sandbox.plan_fault("status", operation="ordersCreate", status=400, when="before")
    first = submit_checkout(shop)

    second = submit_checkout(shop)

    assert (first.status, second.status) == ("declined", "redirected")
    assert Order.objects.count() == 1
    assert stock_of(shop) == 9


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 504, "when": "after"},
        {"kind": "status", "status": 500, "when": "before"},
        {"kind": "close", "when": "after"},
        {"kind": "garbage", "when": "after"},
        {"kind": "truncate", "when": "after"},
    ],
)
def test_shopper_without_a_payment_page_is_told_that_nothing_was_charged(shop, fault):
    """S21: NEXT has no order, and nobody can pay on a page whose address never came."""
    shop.sandbox.plan_fault(operation="ordersCreate", **fault)

    first = submit_checkout(shop)

    assert first.status == "declined"
    assert str(first.message).startswith("The payment service is busy. Nothing was charged.")
    assert [call["operation"] for call in shop.sandbox.requests()] == ["ordersCreate", "ordersList"]
    assert (stock_of(shop), first.next_check_at is None) == (10, False)


@pytest.mark.parametrize("status", [400, 404, 409, 422, 429, 500, 503])
def test_order_that_was_made_is_found_whatever_next_answered(shop, monkeypatch, status):
    """S33: an order without a redirect is paid at once."""
    pay_without_redirect(monkeypatch)
    shop.sandbox.plan_fault("status", operation="ordersCreate", status=status, when="after")

    assert submit_checkout(shop).status == "succeeded"
    assert len(order_create_calls(shop)) == 1
    assert Order.objects.get().status == "Paid"


def test_order_that_shows_up_late_is_still_settled(shop, monkeypatch):
    """S33, S35: NEXT refused, couldn't be read, and has the order after all."""
    pay_without_redirect(monkeypatch)
    shop.sandbox.plan_fault("status", operation="ordersCreate", status=400, when="after")
    shop.sandbox.plan_fault("status", operation="ordersList", status=503, times=3)
    assert submit_checkout(shop).status == "declined"

    make_older(minutes=3)
    reconcile_due_rows()

    assert PaymentIntent.objects.get().status == "succeeded"
    assert (Order.objects.get().status, stock_of(shop)) == ("Paid", 9)


def test_busy_next_is_asked_once_more_after_a_look(shop):
    shop.sandbox.plan_fault("status", operation="ordersCreate", status=503, when="before")

    assert submit_checkout(shop).status == "redirected"

    assert [call["operation"] for call in shop.sandbox.requests()] == [
        "ordersCreate",
        "ordersList",
        "ordersCreate",
    ]


def test_call_delivered_twice_and_paid_twice_is_a_review(shop):
    """S34: two payment pages, and two orders with one mark."""
    shop.sandbox.plan_fault("repeat", operation="ordersCreate")
    intent = submit_checkout(shop)
    for payment in shop.sandbox.payments():
        shop.sandbox.pay(payment["url"])
    check_payment_intent(intent=intent, source="shopper")

    for number, order in enumerate(shop.sandbox.orders()):
        deliver_webhook(shop, "order.created", order, event_id=f"event-{number}")

    review = OrderReview.objects.get()
    assert (review.kind, review.amount_to_refund) == ("second_next_order", Decimal("54.00"))
    assert (Order.objects.get().status, stock_of(shop)) == ("Paid", 9)


@pytest.mark.parametrize(
    ("ordered", "message", "left"),
    [
        (1, "Desk lamp just sold out. Nothing was charged. Choose another item.", 0),
        (3, "There aren't 3 × Desk lamp in stock. Nothing was charged. Choose a smaller quantity.", 2),
    ],
)
def test_stock_that_next_lacks_is_sold_out_here_too(shop, ordered, message, left):
    lamp = variant_of(shop.products.get(name="Desk lamp"), "Black").next_variant_id
    catalog = shop.sandbox.settings["catalogue"]
    for product in catalog["products"]:
        for variant in product["variants"]:
            if variant["id"] == lamp:
                variant["stock"] = ordered - 1
    shop.sandbox.configure(catalogue=catalog)

    intent = submit_checkout(shop, make_selection(shop, quantity=ordered))

    assert (intent.status, str(intent.message)) == ("declined", message)
    assert stock_of(shop) == left


def pay_without_redirect(monkeypatch):
    """Have NEXT make a paid order at once, as for a card."""
    create = NextClient.create_order
    by_card = {"payment_method": "card_token", "payment_details": {"card_token": "test_card"}}
    monkeypatch.setattr(NextClient, "create_order", lambda api, body: create(api, body | by_card))


def test_throttled_order_is_retried_once_then_reported_as_busy(shop):
    """S29."""
    shop.sandbox.plan_fault("status", operation="ordersCreate", status=429, when="before", times=5)

    intent = submit_checkout(shop)

    assert len(order_create_calls(shop)) == 2
    assert intent.status == "declined"
    assert "busy" in str(intent.message)
    assert stock_of(shop) == 10
    assert net_charged(shop) == 0


def test_shopper_waits_out_a_short_throttle(shop):
    """S29."""
    shop.sandbox.plan_fault("status", operation="ordersCreate", status=429, retry_after=1, when="before")

    assert submit_checkout(shop).status == "redirected"


def test_item_that_next_no_longer_has_is_named_and_put_before_staff(shop):
    """It stays on sale: with the token of another store, NEXT knows none of the items."""
    lamp = variant_of(shop.products.get(name="Desk lamp"), "Black")
    Variant.objects.filter(pk=lamp.pk).update(next_variant_id=987_654)

    intent = submit_checkout(shop)

    assert intent.status == "declined"
    assert (
        str(intent.message)
        == "Desk lamp can't be bought right now. Nothing was charged. Choose another item."
    )
    lamp.refresh_from_db()
    assert lamp.active
    assert list_missing_products(shop).names == ["Desk lamp – Black"]
    assert stock_of(shop) == 10
