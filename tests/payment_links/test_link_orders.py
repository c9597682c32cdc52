"""Orders placed through payment links: what we store and what NEXT Commerce receives."""

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


def test_order_holds_several_primary_units_and_add_ons(shop, lamp, bulb):
    """R107, R131, R163, R182, R183, X42: the order keeps the link's details after the link is deleted."""
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


def test_plan_item_stores_the_plan_and_sends_its_renewal_price(shop, lamp):
    """R134, R147, R151: 49.00 less 50 percent in the first cycle, less 10 percent after it."""
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


def test_prepaid_plan_renews_after_all_prepaid_cycles(shop, lamp):
    plan = make_plan(lamp, billing_policy_type="PREPAID", min_cycles=3)
    lines = (SelectionLine(variant=variant_of(lamp, "Black"), quantity=1, plan=plan),)

    submit_checkout(shop, Selection(source="cart", lines=lines))

    (line,) = order_create_calls(shop)[0]["body"]["lines"]
    assert line["price"] == "147.00"
    assert line["subscription"] == {"interval": "month", "interval_count": 3, "price": "147.00"}


def test_shop_shows_the_lowest_price(shop, lamp, client):
    """R137."""
    lamp.variants.filter(values__value="White").update(price=Decimal("39.00"))

    assert "from $39.00" in client.get("/").content.decode()
