"""What is kept of a purchase through a payment link, and what the store is told of it."""

from decimal import Decimal

import pytest

from checkout.selection import Selection, SelectionLine
from orders.models import Order
from tests.factories import make_link, make_plan, variant_of
from tests.payments.helpers import order_create_calls, submit_checkout


@pytest.fixture
def lamp(shop):
    return shop.products.get(name="Desk lamp")


@pytest.fixture
def bulb(shop):
    return variant_of(shop.products.get(name="Light bulb"))


def test_an_order_holds_several_of_the_primary_and_add_ons_of_other_products(shop, lamp, bulb):
    """R107, R131, R163, R182, R183, X42: it keeps the link's details, and the link may go."""
    link = make_link(lamp, add_ons=[(bulb, 0, 5)])
    black = variant_of(lamp, "Black")
    lines = (SelectionLine(variant=black, quantity=2), SelectionLine(variant=bulb, quantity=3))

    submit_checkout(shop, Selection(source=link.pk, lines=lines, link=link))
    link_id = link.pk
    link.delete()

    order = Order.objects.get()
    assert [(item.name, item.quantity, item.unit_price) for item in order.items.order_by("pk")] == [
        ("Desk lamp", 2, Decimal("49.00")),
        ("Light bulb", 3, Decimal("7.50")),
    ]
    assert order.payment_link_id == link_id
    assert order.payment_link_details["id"] == link_id


def test_an_item_bought_by_a_plan_carries_it_and_the_store_renews_at_its_price(shop, lamp):
    """R134, R147, R151: 49.00 less a half at first, less a tenth from the second cycle on."""
    policies = [
        {"policy_type": "FIXED", "adjustment_type": "PERCENTAGE", "adjustment_value": "50"},
        {
            "policy_type": "RECURRING",
            "adjustment_type": "PERCENTAGE",
            "adjustment_value": "10",
            "after_cycle": "1",
        },
    ]
    plan = make_plan(lamp, pricing_policy=policies)
    lines = (SelectionLine(variant=variant_of(lamp, "Black"), quantity=1, plan=plan),)

    intent = submit_checkout(shop, Selection(source="cart", lines=lines))

    item = Order.objects.get().items.get()
    assert item.selling_plan["selling_plan_id"] == plan.pk
    (line,) = order_create_calls(shop)[0]["body"]["lines"]
    assert intent.status == "redirected"
    assert line["price"] == "24.50"
    assert line["subscription"] == {"interval": "month", "interval_count": 1, "price": "44.10"}


def test_a_prepaid_plan_is_renewed_after_all_the_cycles_it_paid_for(shop, lamp):
    plan = make_plan(lamp, billing_policy_type="PREPAID", min_cycles=3)
    lines = (SelectionLine(variant=variant_of(lamp, "Black"), quantity=1, plan=plan),)

    submit_checkout(shop, Selection(source="cart", lines=lines))

    (line,) = order_create_calls(shop)[0]["body"]["lines"]
    assert line["price"] == "147.00"
    assert line["subscription"] == {"interval": "month", "interval_count": 3, "price": "147.00"}


def test_the_shop_says_from_which_price_on(shop, lamp, client):
    """R137."""
    lamp.variants.filter(option_values__Color="White").update(price=Decimal("39.00"))

    assert "from $39.00" in client.get("/").content.decode()
