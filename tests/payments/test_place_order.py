"""From the checkout form to Link: order, hold and intent, before and after NEXT responds."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.models import Hold, Product
from checkout.models import PaymentIntent
from checkout.payments.place_order import AlreadyPaid
from checkout.payments.settle import check_payment_intent
from checkout.payments.start import payment_error_message
from checkout.selection import Selection, SelectionLine
from nextcommerce.client import NextClient
from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.order_schemas import NextOrder
from orders.models import Order
from stores.errors import Conflict, Problem
from tests.factories import make_plan, make_product, make_store, variant_of
from tests.payments.helpers import (
    ADDRESS,
    age_intent,
    make_selection,
    net_charged,
    order_create_calls,
    pay_at_link,
    stock_of,
    submit_checkout,
)


def test_checkout_creates_a_pending_order_with_a_hold_and_redirects_to_link(shop):
    intent = submit_checkout(shop)

    assert intent.status == "redirected"
    assert intent.payment_complete_url.startswith(shop.sandbox.url)
    order = Order.objects.get()
    assert (order.status, order.total, order.currency) == ("Pending", Decimal("54.00"), "USD")
    assert order.number.startswith("ORD-")
    assert order.number.endswith("-00001")
    assert order.shipping_address["city"] == "Monsey"
    item = order.items.get()
    assert (item.name, item.option_values, item.quantity) == ("Desk lamp", {"Color": "Black"}, 1)
    assert stock_of(shop) == 9


def test_item_title_follows_the_order_of_the_products_options(shop):
    make_product(shop, name="Shirt", price="20.00", options={"Color": ["Black"], "Size": ["M"]})

    submit_checkout(shop, make_selection(shop, "Shirt", ""))

    assert Order.objects.get().items.get().title == "Black / M"


def test_order_request_has_buyer_items_and_addresses(shop):
    intent = submit_checkout(shop)

    (call,) = order_create_calls(shop)
    body = call["body"]
    assert body["payment_method"] == "link"
    assert body["payment_details"]["payment_gateway"] == 7
    assert "payment_gateway_group" not in body["payment_details"]
    assert body["payment_details"]["payment_return_url"].startswith("http://testserver/pay/return/pi_")
    assert body["tags"] == [intent.pk]
    assert body["attribution"]["metadata"] == {"payment_intent": intent.pk}
    assert body["shipping_address"]["line4"] == ADDRESS.city
    assert body["shipping_address"]["postcode"] == "10952"
    assert (body["shipping_code"], body["shipping_price"]) == ("standard", "5.00")
    assert [(line["quantity"], line["price"]) for line in body["lines"]] == [(1, "49.00")]
    assert body["user"]["email"] == "ada@example.com"
    assert body["currency"] == "USD"


def test_test_store_can_pay_with_the_redirecting_test_card(shop):
    shop.payment_method = "test_3ds_card"
    shop.save()

    intent = submit_checkout(shop)

    assert intent.status == "redirected"
    assert order_create_calls(shop)[0]["body"]["payment_details"]["card_token"] == "test_3ds_card"


def test_order_numbers_count_up_per_store(shop):
    submit_checkout(shop, key="a")
    submit_checkout(shop, key="b")
    other = make_store(host="other.example")
    make_product(other, name="Field notes", collect_shipping_address=False)
    submit_checkout(other, make_selection(other, "Field notes", ""), key="a")

    numbers = [number[-5:] for number in Order.objects.order_by("pk").values_list("number", flat=True)]
    assert numbers == ["00001", "00002", "00001"]


def test_reposted_form_is_the_same_attempt_and_one_call(shop):
    first = submit_checkout(shop)
    second = submit_checkout(shop)

    assert first.pk == second.pk
    assert first.payment_complete_url == second.payment_complete_url
    assert len(order_create_calls(shop)) == 1
    assert stock_of(shop) == 9


def test_changed_selection_is_a_new_attempt_for_the_same_order_and_moves_its_hold(shop):
    """S6: back from Link, change the selection, go to Link again."""
    submit_checkout(shop, form="one lamp")
    submit_checkout(shop, make_selection(shop, title="White", quantity=2), form="two white lamps")

    order = Order.objects.get()
    assert order.payment_intents.count() == 2
    assert order.total == Decimal("103.00")
    assert [(item.title, item.quantity) for item in order.items.all()] == [("White", 2)]
    assert (stock_of(shop, title="Black"), stock_of(shop, title="White")) == (10, 8)


def test_more_than_in_stock_is_refused_and_nothing_is_saved(shop):
    with pytest.raises(Conflict, match="sold out in this quantity"):
        submit_checkout(shop, make_selection(shop, quantity=11))

    assert not Order.objects.exists()
    assert not Hold.objects.exists()
    assert stock_of(shop) == 10
    assert order_create_calls(shop) == []


def test_subscription_without_a_first_charge_is_refused_and_nothing_is_saved(shop):
    """NEXT refuses a subscription order with a total of zero."""
    notes = shop.products.get(name="Field notes")
    plan = make_plan(notes, trial_period_days=7)
    line = SelectionLine(variant=variant_of(notes), quantity=1, plan=plan)

    with pytest.raises(Problem, match="starts without a charge"):
        submit_checkout(shop, Selection(source="cart", lines=(line,)))

    assert not Order.objects.exists()
    assert order_create_calls(shop) == []


def test_refused_payment_says_why_and_releases_the_stock(shop):
    shop.sandbox.configure(catalogue=shop.sandbox.settings["catalogue"] | {"products": []})

    intent = submit_checkout(shop)

    assert intent.status == "declined"
    assert "Nothing was charged" in intent.message
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
    refused = NextApiError("No.", **{"outcome": CallOutcome.REFUSED, **error})

    assert payment_error_message(refused).startswith(message)


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


def test_attempt_older_than_its_hold_is_not_reused(shop):
    """Its payment page may be closed by now."""
    old = submit_checkout(shop)
    age_intent(old, expire_hold=False, hours=2)

    new = submit_checkout(shop)

    assert new.pk != old.pk
    assert len(order_create_calls(shop)) == 2


def test_product_without_a_price_in_the_stores_currency_is_refused(shop):
    Product.objects.update(default_currency="EUR")

    with pytest.raises(Problem, match="no price in the shop's currency"):
        submit_checkout(shop)


def test_late_refusal_keeps_the_stock_of_another_attempt(shop, monkeypatch):
    """S6: the selection changed in another tab while NEXT was responding."""
    create = NextClient.create_order

    def refuse_late(api, body):
        monkeypatch.setattr(NextClient, "create_order", create)
        submit_checkout(shop, make_selection(shop, title="White"), form="one white")
        raise NextApiError("No.", outcome=CallOutcome.REFUSED, status=400)

    monkeypatch.setattr(NextClient, "create_order", refuse_late)

    assert submit_checkout(shop).status == "declined"
    assert (stock_of(shop), stock_of(shop, title="White")) == (10, 9)


def test_order_created_without_redirect_is_settled_even_without_its_tag(shop, monkeypatch):
    shop.sandbox.switches(strip_tags=True, strip_attribution=True)
    create = NextClient.create_order
    by_card = {"payment_method": "card_token", "payment_details": {"card_token": "test_card"}}
    monkeypatch.setattr(NextClient, "create_order", lambda api, body: create(api, body | by_card))

    assert submit_checkout(shop).status == "succeeded"
    assert Order.objects.get().next_order_number == shop.sandbox.orders()[0]["number"]


def test_response_with_another_payments_order_settles_nothing(shop, monkeypatch):
    """S8: NEXT answers what it takes for a duplicate with the first order."""
    pay_at_link(submit_checkout(shop))
    first = NextOrder.parse(shop.sandbox.orders()[0])
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


def test_total_beyond_the_highest_amount_is_refused(shop):
    make_product(shop, name="Yacht", price="25000000.00", stock=None)

    with pytest.raises(Problem, match="more than one order can hold"):
        submit_checkout(shop, make_selection(shop, "Yacht", "", quantity=999))

    assert not Order.objects.exists()


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
def test_lost_response_leaves_the_intent_unclear_and_is_never_resent(shop, fault):
    """S21."""
    shop.sandbox.plan_fault(operation="ordersCreate", **fault)

    first = submit_checkout(shop)

    assert first.is_unclear
    assert len(order_create_calls(shop)) == 1
    assert stock_of(shop) == 9


def test_throttled_order_is_retried_once_then_reported_as_busy(shop):
    """S29."""
    shop.sandbox.plan_fault(
        "status", operation="ordersCreate", status=429, retry_after=1, when="before", times=5
    )

    intent = submit_checkout(shop)

    assert len(order_create_calls(shop)) == 2
    assert intent.status == "declined"
    assert "busy" in intent.message
    assert stock_of(shop) == 10
    assert net_charged(shop) == 0


def test_shopper_waits_out_a_short_throttle(shop):
    """S29."""
    shop.sandbox.plan_fault("status", operation="ordersCreate", status=429, retry_after=1, when="before")

    assert submit_checkout(shop).status == "redirected"


def test_paid_shopper_is_told_so_instead_of_paying_again(shop):
    intent = submit_checkout(shop)
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="reconciler")

    with pytest.raises(AlreadyPaid) as caught:
        submit_checkout(shop, form="stale tab")

    assert caught.value.order.status == "Paid"
    assert PaymentIntent.objects.count() == 1
