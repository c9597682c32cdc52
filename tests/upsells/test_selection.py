"""Which upsell an order is offered, and which one follows."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from checkout.models import Upsell, UpsellAttempt
from checkout.upsells.acceptance import accept_upsell, decline_upsell
from checkout.upsells.selection import has_upsell, present_next_upsell
from orders.models import Order
from tests.factories import make_link, make_plan, make_product, make_review, make_store, variant_of
from tests.upsells.helpers import buy_and_settle, make_upsell, next_shown_upsell


def presented_upsell(order):
    attempt = present_next_upsell(order=Order.objects.select_related("store").get(pk=order.pk))
    return attempt and attempt.upsell.name


def test_upsell_after_any_order(shop):
    upsell = make_upsell(shop)

    assert presented_upsell(buy_and_settle(shop)) == upsell.name


def test_upsell_after_an_order_with_a_product(shop):
    make_upsell(shop, trigger="product", product=shop.products.get(name="Desk lamp"))

    assert presented_upsell(buy_and_settle(shop, "Light bulb", "", key="other")) is None
    assert presented_upsell(buy_and_settle(shop)) == "Upsell of Light bulb"


def test_upsell_after_an_order_through_a_link(shop):
    link = make_link(shop.products.get(name="Desk lamp"))
    make_upsell(shop, trigger="link", link=link)

    assert presented_upsell(buy_and_settle(shop)) is None
    assert presented_upsell(buy_and_settle(shop, key="by link", link=link)) == "Upsell of Light bulb"


def test_upsell_after_an_order_with_a_minimum_total(shop):
    make_upsell(shop, trigger="amount", min_order_total=Decimal("54.00"))

    assert presented_upsell(buy_and_settle(shop, "Light bulb", "", key="small")) is None
    assert presented_upsell(buy_and_settle(shop, key="large")) == "Upsell of Light bulb"


def test_first_upsell_by_position_is_shown(shop):
    make_upsell(shop, name="second", position=2)
    make_upsell(shop, name="first", position=1)

    assert presented_upsell(buy_and_settle(shop)) == "first"


def test_answers_lead_to_follow_ups_and_each_upsell_is_shown_once(shop):
    down = make_upsell(shop, name="down-sell", trigger="follows", price=Decimal("4.00"))
    more = make_upsell(shop, "Field notes", name="more", trigger="follows", follow_up_on_decline=down)
    make_upsell(shop, name="first", follow_up_on_accept=more)
    order = buy_and_settle(shop)

    assert presented_upsell(order) == presented_upsell(order) == "first"
    accept_upsell(attempt=next_shown_upsell(order))
    assert presented_upsell(order) == "more"
    decline_upsell(attempt=next_shown_upsell(order))
    assert presented_upsell(order) == "down-sell"
    accept_upsell(attempt=next_shown_upsell(order))

    assert presented_upsell(order) is None
    assert list(UpsellAttempt.objects.values_list("status", flat=True)) == ["charged", "declined", "charged"]
    assert [item.unit_price for item in order.items.all()] == [
        Decimal("49.00"),
        Decimal("7.50"),
        Decimal("4.00"),
    ]


def test_circular_follow_ups_end(shop):
    first = make_upsell(shop, name="first")
    second = make_upsell(shop, name="second", trigger="follows", follow_up_on_decline=first)
    first.follow_up_on_decline = second
    first.save()
    order = buy_and_settle(shop)

    for _ in range(2):
        decline_upsell(attempt=next_shown_upsell(order))

    assert presented_upsell(order) is None


def test_unavailable_upsell_counts_as_declined(shop):
    down = make_upsell(shop, "Field notes", name="down-sell", trigger="follows")
    gone = make_upsell(shop, name="gone", quantity=101, trigger="follows", follow_up_on_decline=down)
    make_upsell(shop, "Field notes", name="first", follow_up_on_accept=gone)
    order = buy_and_settle(shop)

    accept_upsell(attempt=next_shown_upsell(order))

    assert presented_upsell(order) == "down-sell"


@pytest.mark.parametrize(
    "fields",
    [
        {"active": False},
        {"trigger": "follows"},
        {"starts_at": timezone.now() + datetime.timedelta(days=1)},
        {"ends_at": timezone.now() - datetime.timedelta(days=1)},
        {"usage_limit": 0},
        {"quantity": 101},
        {"discount_percent": Decimal("99.99"), "quantity": 1, "variant": "free"},
    ],
)
def test_unavailable_upsell_is_not_shown(shop, fields):
    if fields.get("variant") == "free":
        fields = fields | {"variant": variant_of(make_product(shop, name="Free gift", price="0.00"))}
    make_upsell(shop, **fields)

    order = buy_and_settle(shop)

    assert not has_upsell(order=order)
    assert presented_upsell(order) is None


def test_shippable_upsell_needs_an_order_with_an_address(shop):
    make_upsell(shop)

    assert presented_upsell(buy_and_settle(shop, "Field notes", "")) is None


def test_nothing_is_offered_unless_next_allows_upsells(shop):
    """The NEXT order's `supports_post_purchase_upsells` decides."""
    shop.sandbox.switches(supports_post_purchase_upsells=False)
    make_upsell(shop)

    assert presented_upsell(buy_and_settle(shop)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"paid_at": timezone.now() - datetime.timedelta(minutes=26)},
        {"status": "Canceled"},
        {"status": "Refunded"},
    ],
)
def test_old_or_canceled_order_is_offered_nothing(shop, changed):
    make_upsell(shop)
    order = buy_and_settle(shop)
    Order.objects.update(**changed)

    assert presented_upsell(order) is None


def test_order_in_review_is_offered_nothing(shop):
    make_upsell(shop)
    order = buy_and_settle(shop)
    make_review(order)

    assert presented_upsell(order) is None


def test_subscription_upsell_has_first_price_and_interval(shop):
    bulb = shop.products.get(name="Light bulb")
    plan = make_plan(bulb, pricing_policy=[], interval="month", interval_count=2)
    make_upsell(shop, plan=plan, discount_percent=Decimal("20"))
    order = buy_and_settle(shop)

    attempt = accept_upsell(attempt=next_shown_upsell(order))

    assert attempt.amount == Decimal("6.00")
    _, call = shop.sandbox.requests()
    (line,) = call["body"]["lines"]
    assert line["price"] == "6.00"
    assert line["subscription"] == {"interval": "month", "interval_count": 2, "price": "7.50"}
    assert order.items.last().selling_plan["selling_plan_id"] == plan.pk


def test_upsell_with_another_stores_variant_is_refused(shop):
    other = make_store(host="other.example")
    foreign = variant_of(make_product(other, name="Foreign lamp"))
    upsell = Upsell(store=shop, name="wrong", variant=foreign)

    with pytest.raises(ValidationError, match="another store"):
        upsell.full_clean()


@pytest.mark.parametrize(
    ("trigger", "field"), [("link", "link"), ("product", "product"), ("amount", "min_order_total")]
)
def test_trigger_requires_its_field(shop, trigger, field):
    upsell = make_upsell(shop)
    upsell.trigger = trigger

    with pytest.raises(ValidationError) as caught:
        upsell.full_clean()

    assert field in caught.value.message_dict


def test_price_and_discount_are_exclusive(shop):
    upsell = make_upsell(shop)
    upsell.price, upsell.discount_percent = Decimal("1.00"), Decimal("10.00")

    with pytest.raises(ValidationError, match="not both"):
        upsell.full_clean()
