"""Taxes and discounts that the shop doesn't know, charged by the sandbox and read over HTTP."""

from decimal import Decimal

import pytest

from checkout.payments.settle import check_payment_intent
from orders.models import Order, OrderReview, PriceDifference
from orders.price_differences import adopt_difference
from orders.transaction_records import sum_money_moved
from tests.factories import sum_parts
from tests.payments.helpers import make_selection, net_charged, pay_at_link, submit_checkout


def buy(shop, key="purchase-1", **selection):
    """Check out, pay at Link, and settle; return the order."""
    intent = submit_checkout(shop, make_selection(shop, **selection), key=key)
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="return")
    order = Order.objects.get(pk=intent.order_id)
    assert order.total == sum_parts(order)
    return order


def test_unknown_tax_is_paid_once_told_and_then_taken_over(shop):
    """S36: after that, the shop shows what NEXT charges."""
    shop.tax_mode = "added"
    shop.save()
    shop.sandbox.set_taxes(
        {"country": "US", "percent": "8.875", "title": "Sales tax", "taxes_shipping": True}
    )

    order = buy(shop)

    assert (order.status, order.items_total, order.tax_total) == ("Paid", Decimal("49.00"), Decimal("4.79"))
    assert order.total == net_charged(shop) == sum_money_moved(order).charged == Decimal("58.79")
    difference = PriceDifference.objects.get()
    assert difference.rates == [{"name": "Sales tax", "rate": "8.875", "taxes_shipping": True}]
    assert not OrderReview.objects.exists()


def test_included_tax_changes_no_total(shop):
    shop.sandbox.set_taxes(
        {"country": "US", "percent": "20", "title": "VAT", "taxes_shipping": True}, mode="inclusive"
    )

    order = buy(shop)

    assert (order.items_total, order.tax_total, order.total) == (Decimal("49.00"), 0, Decimal("54.00"))
    assert order.included_tax_total == Decimal("9.00")
    assert PriceDifference.objects.get().is_included


@pytest.mark.parametrize("rate_format", ["fraction", "percent"])
@pytest.mark.parametrize("contains_shipping", [True, False])
def test_taxes_are_read_the_same_however_next_lists_them(shop, rate_format, contains_shipping):
    """NEXT documents neither whether a rate is a fraction nor whether its list contains shipping's taxes."""
    shop.tax_mode = "added"
    shop.save()
    shop.sandbox.set_taxes(
        {"country": "US", "percent": "20", "title": "Sales tax", "taxes_shipping": True},
        rate_format=rate_format,
        order_tax_lines_include_shipping=contains_shipping,
    )

    rows = buy(shop).tax_lines.filter(item=None)

    assert [(row.name, f"{row.rate:.2f}", str(row.amount), row.is_shipping) for row in rows] == [
        ("Sales tax", "20.00", "9.80", False),
        ("Sales tax", "20.00", "1.00", True),
    ]


def test_offer_that_next_applies_by_itself_is_paid_and_told_once(shop):
    """S37."""
    offer = {"id": 3, "name": "Spring sale", "kind": "percent", "value": "10", "is_site_offer": True}
    shop.sandbox.set_discounts(offers=[offer], site_offers_on_orders=True)

    orders = [buy(shop, key=f"purchase-{number}") for number in range(2)]

    for order in orders:
        assert (order.status, order.discount_total, order.total) == (
            "Paid",
            Decimal("4.90"),
            Decimal("49.10"),
        )
        assert [(row.name, str(row.amount)) for row in order.discounts.all()] == [("Spring sale", "4.90")]
    difference = PriceDifference.objects.get()
    assert (difference.kind, difference.cause, difference.order_count) == ("discount", "Spring sale", 2)
    assert not OrderReview.objects.exists()


def test_offer_of_free_shipping_keeps_the_price_of_shipping(shop):
    offer = {"id": 3, "name": "Free shipping", "kind": "free_shipping", "is_site_offer": True}
    shop.sandbox.set_discounts(offers=[offer], site_offers_on_orders=True)

    order = buy(shop)

    assert (order.shipping_total, order.discount_total, order.total) == (
        *(Decimal("5.00"), Decimal("5.00"), Decimal("49.00")),
    )
    assert order.discounts.get().is_shipping


def test_rates_taken_over_tell_nothing_more(shop):
    shop.tax_mode = "added"
    shop.save()
    shop.sandbox.set_taxes({"country": "US", "percent": "10", "title": "Sales tax", "taxes_shipping": True})
    buy(shop)

    adopt_difference(difference=PriceDifference.objects.get(), actor="grace")

    assert [(row.name, str(row.rate)) for row in shop.tax_rates.all()] == [("Sales tax", "10.0000")]
