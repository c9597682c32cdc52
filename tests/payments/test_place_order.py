"""From the checkout form to Link: order, hold and intent, before and after the store answers."""

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


def test_a_checkout_makes_a_pending_order_with_its_hold_and_leads_to_link(shop):
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


def test_an_item_names_its_values_in_the_order_of_the_products_options(shop):
    make_product(shop, name="Shirt", price="20.00", options={"Color": ["Black"], "Size": ["M"]})

    submit_checkout(shop, make_selection(shop, "Shirt", ""))

    assert Order.objects.get().items.get().title == "Black / M"


def test_the_request_says_who_buys_what_and_where_it_goes(shop):
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


def test_a_test_store_can_pay_with_the_test_card_that_goes_by_redirect(shop):
    shop.payment_method = "test_3ds_card"
    shop.save()

    intent = submit_checkout(shop)

    assert intent.status == "redirected"
    assert order_create_calls(shop)[0]["body"]["payment_details"]["card_token"] == "test_3ds_card"


def test_numbers_count_up_and_two_stores_have_their_own(shop):
    submit_checkout(shop, key="a")
    submit_checkout(shop, key="b")
    other = make_store(host="other.example")
    make_product(other, name="Field notes", collect_shipping_address=False)
    submit_checkout(other, make_selection(other, "Field notes", ""), key="a")

    numbers = [number[-5:] for number in Order.objects.order_by("pk").values_list("number", flat=True)]
    assert numbers == ["00001", "00002", "00001"]


def test_the_same_form_again_is_the_same_attempt_and_one_call(shop):
    first = submit_checkout(shop)
    second = submit_checkout(shop)

    assert first.pk == second.pk
    assert first.payment_complete_url == second.payment_complete_url
    assert len(order_create_calls(shop)) == 1
    assert stock_of(shop) == 9


def test_a_changed_selection_is_a_new_attempt_for_the_same_order_and_moves_its_hold(shop):
    """S6: back from Link, the selection edited, off to Link again."""
    submit_checkout(shop, form="one lamp")
    submit_checkout(shop, make_selection(shop, title="White", quantity=2), form="two white lamps")

    order = Order.objects.get()
    assert order.payment_intents.count() == 2
    assert order.total == Decimal("103.00")
    assert [(item.title, item.quantity) for item in order.items.all()] == [("White", 2)]
    assert (stock_of(shop, title="Black"), stock_of(shop, title="White")) == (10, 8)


def test_more_than_is_in_stock_is_refused_with_a_sentence_and_nothing_is_kept(shop):
    with pytest.raises(Conflict, match="enough .* in stock"):
        submit_checkout(shop, make_selection(shop, quantity=11))

    assert not Order.objects.exists()
    assert not Hold.objects.exists()
    assert stock_of(shop) == 10
    assert order_create_calls(shop) == []


def test_a_subscription_that_starts_without_a_charge_is_refused_before_anything_is_kept(shop):
    """Facts 3.7: the store wants a total above zero."""
    notes = shop.products.get(name="Field notes")
    plan = make_plan(notes, trial_period_days=7)
    line = SelectionLine(variant=variant_of(notes), quantity=1, plan=plan)

    with pytest.raises(Problem, match="starts without a charge"):
        submit_checkout(shop, Selection(source="cart", lines=(line,)))

    assert not Order.objects.exists()
    assert order_create_calls(shop) == []


def test_a_refusal_says_why_and_lets_go_of_the_stock(shop):
    shop.sandbox.configure(catalogue=shop.sandbox.settings["catalogue"] | {"products": []})

    intent = submit_checkout(shop)

    assert intent.status == "declined"
    assert "Nothing was charged" in intent.message
    assert stock_of(shop) == 10
    assert Order.objects.get().status == "Pending"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"outcome": CallOutcome.RETRY}, "The payment service is busy."),
        ({"fields": {"billing_address": ["Unknown."]}}, "The address was not accepted."),
        ({"fields": {"user": ["Invalid."]}}, "The e-mail address or phone number was not accepted."),
        ({"code": "2000"}, "The payment was declined."),
        ({}, "The payment could not be started."),
    ],
)
def test_the_stores_no_is_said_in_the_shoppers_words(said, words):
    assert payment_error_message(NextApiError("No.", **{"outcome": CallOutcome.REFUSED, **said})).startswith(
        words
    )


def test_who_paid_and_posts_the_same_form_again_is_not_sent_to_link_again(shop):
    """S1: the return was lost."""
    intent = submit_checkout(shop)
    pay_at_link(intent)
    age_intent(intent, lapse=False, seconds=11)

    assert submit_checkout(shop).status == "succeeded"
    assert len(order_create_calls(shop)) == 1


def test_who_paid_before_the_answer_came_is_not_sent_to_link_again(shop, monkeypatch):
    """The outcome was found out while the store was still answering."""
    create = NextClient.create_order

    def answered_late(api, body):
        answer = create(api, body)
        PaymentIntent.objects.update(status="succeeded")
        return answer

    monkeypatch.setattr(NextClient, "create_order", answered_late)

    intent = submit_checkout(shop)
    assert (intent.status, intent.payment_complete_url) == ("succeeded", "")


def test_an_attempt_older_than_a_hold_is_not_taken_up_again(shop):
    """Its payment page may be closed by now."""
    old = submit_checkout(shop)
    age_intent(old, lapse=False, hours=2)

    new = submit_checkout(shop)

    assert new.pk != old.pk
    assert len(order_create_calls(shop)) == 2


def test_what_has_no_price_in_the_shops_currency_is_not_sold(shop):
    Product.objects.update(default_currency="EUR")

    with pytest.raises(Problem, match="no price in the shop's currency"):
        submit_checkout(shop)


def test_a_refusal_that_comes_late_does_not_let_go_of_what_another_attempt_holds(shop, monkeypatch):
    """S6: chosen anew in another tab while the store was thinking."""
    create = NextClient.create_order

    def overtaken(api, body):
        monkeypatch.setattr(NextClient, "create_order", create)
        submit_checkout(shop, make_selection(shop, title="White"), form="one white")
        raise NextApiError("No.", outcome=CallOutcome.REFUSED, status=400)

    monkeypatch.setattr(NextClient, "create_order", overtaken)

    assert submit_checkout(shop).status == "declined"
    assert (stock_of(shop), stock_of(shop, title="White")) == (10, 9)


def test_an_order_that_is_made_without_a_redirect_is_ours_although_the_store_keeps_no_mark(shop, monkeypatch):
    shop.sandbox.switches(strip_tags=True, strip_attribution=True)
    create = NextClient.create_order
    by_card = {"payment_method": "card_token", "payment_details": {"card_token": "test_card"}}
    monkeypatch.setattr(NextClient, "create_order", lambda api, body: create(api, body | by_card))

    assert submit_checkout(shop).status == "succeeded"
    assert Order.objects.get().next_order_number == shop.sandbox.orders()[0]["number"]


def test_an_answer_with_the_order_of_another_payment_settles_nothing(shop, monkeypatch):
    """S8: a store that guards against doubles by answering with the first."""
    pay_at_link(submit_checkout(shop))
    first = NextOrder.parse(shop.sandbox.orders()[0])
    monkeypatch.setattr(NextClient, "create_order", lambda api, body: first)

    second = submit_checkout(shop, key="purchase-2")

    assert second.is_unclear
    assert Order.objects.get(checkout_key="purchase-2").status == "Pending"


def test_a_payment_is_not_given_up_while_its_call_is_under_way(shop, monkeypatch):
    """S15: a slow store, and the page of a second click that keeps asking."""
    create = NextClient.create_order

    def slow(api, body):
        begun = timezone.now() - datetime.timedelta(seconds=25)
        PaymentIntent.objects.update(created_at=begun, check_count=9)
        check_payment_intent(intent=PaymentIntent.objects.get(), source="shopper")
        return create(api, body)

    monkeypatch.setattr(NextClient, "create_order", slow)

    assert submit_checkout(shop).status == "redirected"
    assert PaymentIntent.objects.get().status == "redirected"
    assert stock_of(shop) == 9


def test_more_than_an_amount_can_hold_is_refused_with_a_sentence(shop):
    make_product(shop, name="Yacht", price="25000000.00", stock=None)

    with pytest.raises(Problem, match="This order is too large"):
        submit_checkout(shop, make_selection(shop, "Yacht", "", quantity=999))

    assert not Order.objects.exists()


def test_after_a_refusal_the_same_form_may_try_again(shop):
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
def test_a_lost_answer_leaves_the_intent_unclear_and_is_never_sent_again(shop, fault):
    """S21."""
    shop.sandbox.plan_fault(operation="ordersCreate", **fault)

    first = submit_checkout(shop)

    assert first.is_unclear
    assert len(order_create_calls(shop)) == 1
    assert stock_of(shop) == 9


def test_a_throttled_store_is_asked_once_more_and_then_said_to_be_busy(shop):
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


def test_a_store_that_is_throttled_for_a_moment_lets_the_shopper_wait_and_go_on(shop):
    """S29."""
    shop.sandbox.plan_fault("status", operation="ordersCreate", status=429, retry_after=1, when="before")

    assert submit_checkout(shop).status == "redirected"


def test_who_has_paid_is_told_so_instead_of_paying_again(shop):
    intent = submit_checkout(shop)
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="reconciler")

    with pytest.raises(AlreadyPaid) as caught:
        submit_checkout(shop, form="stale tab")

    assert caught.value.order.status == "Paid"
    assert PaymentIntent.objects.count() == 1
