"""From the checkout form to Link: order, hold and intent, before and after NEXT responds."""

from decimal import Decimal

import pytest

from catalog.models import Hold, Product
from checkout.models import PaymentIntent
from checkout.payments.place_order import AlreadyPaid
from checkout.payments.settle import check_payment_intent
from checkout.selection import Selection, SelectionLine
from orders.models import Order
from stores.errors import Conflict, Problem
from tests.factories import make_plan, make_product, make_store, variant_of
from tests.payments.helpers import (
    ADDRESS,
    age_intent,
    make_selection,
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
    assert order.shipping_address.city == "Monsey"
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
    intent = submit_checkout(shop, payment_method="test_3ds_card")

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
    with pytest.raises(Conflict, match=r"enough .* in stock"):
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


def test_total_beyond_the_highest_amount_is_refused(shop):
    make_product(shop, name="Yacht", price="25000000.00", stock=None)

    with pytest.raises(Problem, match="This order is too large"):
        submit_checkout(shop, make_selection(shop, "Yacht", "", quantity=999))

    assert not Order.objects.exists()


def test_paid_shopper_is_told_so_instead_of_paying_again(shop):
    intent = submit_checkout(shop)
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="reconciler")

    with pytest.raises(AlreadyPaid) as caught:
        submit_checkout(shop, form="stale tab")

    assert caught.value.order.status == "Paid"
    assert PaymentIntent.objects.count() == 1
