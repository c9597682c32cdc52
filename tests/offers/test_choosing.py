"""Which offer is made to which order, and what follows."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from checkout.models import Offer, OfferAttempt
from checkout.upsells.answers import accept, decline
from checkout.upsells.selection import has_offer, next_offer
from orders.models import Order
from tests.factories import make_link, make_plan, make_product, make_store, variant_of
from tests.offers.actors import buy, make_offer, shown


def offered(order):
    attempt = next_offer(order=Order.objects.select_related("store").get(pk=order.pk))
    return attempt and attempt.offer.name


def test_an_offer_after_any_order(shop):
    offer = make_offer(shop)

    assert offered(buy(shop)) == offer.name


def test_an_offer_after_an_order_with_a_product(shop):
    make_offer(shop, trigger="product", product=shop.products.get(name="Desk lamp"))

    assert offered(buy(shop, "Light bulb", "", key="other")) is None
    assert offered(buy(shop)) == "Offer of Light bulb"


def test_an_offer_after_an_order_through_a_link(shop):
    link = make_link(shop.products.get(name="Desk lamp"))
    make_offer(shop, trigger="link", link=link)

    assert offered(buy(shop)) is None
    assert offered(buy(shop, key="by link", link=link)) == "Offer of Light bulb"


def test_an_offer_after_an_order_over_an_amount(shop):
    make_offer(shop, trigger="amount", from_amount=Decimal("54.00"))

    assert offered(buy(shop, "Light bulb", "", key="small")) is None
    assert offered(buy(shop, key="large")) == "Offer of Light bulb"


def test_the_first_by_position_is_made(shop):
    make_offer(shop, name="second", position=2)
    make_offer(shop, name="first", position=1)

    assert offered(buy(shop)) == "first"


def test_yes_and_no_lead_on_and_each_offer_is_made_once(shop):
    down = make_offer(shop, name="down-sell", trigger="follows", price=Decimal("4.00"))
    more = make_offer(shop, "Field notes", name="more", trigger="follows", next_on_no=down)
    make_offer(shop, name="first", next_on_yes=more)
    order = buy(shop)

    assert offered(order) == offered(order) == "first"
    accept(attempt=shown(order))
    assert offered(order) == "more"
    decline(attempt=shown(order))
    assert offered(order) == "down-sell"
    accept(attempt=shown(order))

    assert offered(order) is None
    assert list(OfferAttempt.objects.values_list("status", flat=True)) == ["charged", "declined", "charged"]
    assert [item.unit_price for item in order.items.all()] == [
        Decimal("49.00"),
        Decimal("7.50"),
        Decimal("4.00"),
    ]


def test_offers_that_lead_round_in_a_circle_end(shop):
    first = make_offer(shop, name="first")
    second = make_offer(shop, name="second", trigger="follows", next_on_no=first)
    first.next_on_no = second
    first.save()
    order = buy(shop)

    for _ in range(2):
        decline(attempt=shown(order))

    assert offered(order) is None


def test_what_cannot_be_had_is_passed_over_as_a_no(shop):
    down = make_offer(shop, "Field notes", name="down-sell", trigger="follows")
    gone = make_offer(shop, name="gone", quantity=101, trigger="follows", next_on_no=down)
    make_offer(shop, "Field notes", name="first", next_on_yes=gone)
    order = buy(shop)

    accept(attempt=shown(order))

    assert offered(order) == "down-sell"


@pytest.mark.parametrize(
    "fields",
    [
        {"active": False},
        {"trigger": "follows"},
        {"starts_at": timezone.now() + datetime.timedelta(days=1)},
        {"ends_at": timezone.now() - datetime.timedelta(days=1)},
        {"max_times": 0},
        {"quantity": 101},
        {"discount_percent": Decimal("99.99"), "quantity": 1, "variant": "free"},
    ],
)
def test_an_offer_that_is_not_on_is_not_made(shop, fields):
    if fields.get("variant") == "free":
        fields = fields | {"variant": variant_of(make_product(shop, name="Free gift", price="0.00"))}
    make_offer(shop, **fields)

    order = buy(shop)

    assert not has_offer(order=order)
    assert offered(order) is None


def test_goods_are_offered_only_where_the_order_says_where_they_go(shop):
    make_offer(shop)

    assert offered(buy(shop, "Field notes", "")) is None


def test_without_the_stores_word_nothing_is_offered(shop):
    """Facts 7.10: trust `supports_post_purchase_upsells`."""
    shop.sandbox.switches(supports_post_purchase_upsells=False)
    make_offer(shop)

    assert offered(buy(shop)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"paid_at": timezone.now() - datetime.timedelta(minutes=26)},
        {"status": "Canceled"},
        {"status": "Refunded"},
        {"review_reason": "Something is wrong."},
    ],
)
def test_an_order_that_is_old_over_or_in_review_is_offered_nothing(shop, changed):
    make_offer(shop)
    order = buy(shop)
    Order.objects.update(**changed)

    assert offered(order) is None


def test_a_subscription_can_be_offered_with_its_first_price_and_its_own_rhythm(shop):
    bulb = shop.products.get(name="Light bulb")
    plan = make_plan(bulb, pricing_policy=[], interval="month", interval_count=2)
    make_offer(shop, plan=plan, discount_percent=Decimal("20"))
    order = buy(shop)

    attempt = accept(attempt=shown(order))

    assert attempt.amount == Decimal("6.00")
    (call,) = shop.sandbox.requests()
    (line,) = call["body"]["lines"]
    assert line["price"] == "6.00"
    assert line["subscription"] == {"interval": "month", "interval_count": 2, "price": "7.50"}
    assert order.items.last().selling_plan["selling_plan_id"] == plan.pk


def test_an_offer_of_another_stores_goods_is_refused(shop):
    other = make_store(host="other.example")
    foreign = variant_of(make_product(other, name="Foreign lamp"))
    offer = Offer(store=shop, name="wrong", variant=foreign)

    with pytest.raises(ValidationError, match="another store"):
        offer.full_clean()


@pytest.mark.parametrize(
    ("trigger", "field"), [("link", "link"), ("product", "product"), ("amount", "from_amount")]
)
def test_a_trigger_needs_what_triggers_it(shop, trigger, field):
    offer = make_offer(shop)
    offer.trigger = trigger

    with pytest.raises(ValidationError) as caught:
        offer.full_clean()

    assert field in caught.value.message_dict


def test_a_price_and_a_discount_do_not_go_together(shop):
    offer = make_offer(shop)
    offer.price, offer.discount_percent = Decimal("1.00"), Decimal("10.00")

    with pytest.raises(ValidationError, match="not both"):
        offer.full_clean()
