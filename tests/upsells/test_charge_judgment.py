"""An upsell whose tax differs from what was shown is charged, and told to staff once for the region."""

from decimal import Decimal

import pytest

from checkout.models import UpsellAttempt
from checkout.upsells.acceptance import accept_upsell, resolve_upsell_attempt
from orders.models import Order, OrderReview, PriceDifference
from tests.factories import sum_parts
from tests.payments.helpers import net_charged
from tests.upsells.helpers import buy_and_settle, fail_reads_after_call, make_upsell, next_shown_upsell


@pytest.fixture
def taxed_shop(shop):
    """A shop that doesn't know that NEXT adds 10 % in the US."""
    shop.tax_mode = "added"
    shop.save()
    shop.sandbox.set_taxes({"country": "US", "percent": "10"})
    return shop


def test_unknown_tax_of_an_upsell_is_charged_and_adds_to_that_of_its_order(taxed_shop):
    """S36: the order itself opened the difference, and is counted once."""
    make_upsell(taxed_shop)
    attempt = next_shown_upsell(buy_and_settle(taxed_shop))
    assert (attempt.amount, attempt.tax) == (Decimal("7.50"), Decimal("0.00"))

    assert accept_upsell(attempt=attempt).status == "charged"

    order = Order.objects.get()
    assert not OrderReview.objects.exists()
    assert (order.items_total, order.tax_total) == (Decimal("56.50"), Decimal("5.65"))
    assert order.total == sum_parts(order) == net_charged(taxed_shop)
    difference = PriceDifference.objects.get()
    assert (difference.kind, difference.order_count) == ("tax", 1)
    assert difference.total_difference == Decimal("5.65")


@pytest.mark.parametrize(
    ("limit", "tax_mode", "reviews"),
    [
        ("0.74", "added", ["Upsell shown at $7.50 but charged at $8.25."]),
        ("0.75", "added", []),
        ("0.00", "added", ["Upsell shown at $7.50 but charged at $8.25."]),
        (None, "added", []),
        # The shopper was told that NEXT calculates the tax, so there is nothing to exceed.
        ("0.00", "at_payment", []),
    ],
)
def test_upsell_taxed_beyond_the_limit_is_a_review(taxed_shop, limit, tax_mode, reviews):
    """S36: the shopper gets the item, and staff decide about the tax."""
    make_upsell(taxed_shop)
    order = buy_and_settle(taxed_shop)
    taxed_shop.max_tax_difference = limit and Decimal(limit)
    taxed_shop.tax_mode = tax_mode
    taxed_shop.save()

    assert accept_upsell(attempt=next_shown_upsell(order)).status == "charged"

    assert [str(review.text) for review in OrderReview.objects.all()] == reviews
    assert Order.objects.get().total == net_charged(taxed_shop)


def test_upsell_taxed_above_its_price_is_a_review(taxed_shop):
    make_upsell(taxed_shop)
    order = buy_and_settle(taxed_shop)
    taxed_shop.sandbox.set_taxes(
        {"country": "US", "percent": "100"}, {"country": "US", "percent": "100", "is_compound": True}
    )

    assert accept_upsell(attempt=next_shown_upsell(order)).status == "charged"

    assert str(OrderReview.objects.get().text).startswith("Upsell shown at $7.50 but charged at")


def test_taxed_line_is_found_after_a_lost_response(taxed_shop, monkeypatch):
    """NEXT may drop the line's mark. Its price is the one shown, though not its tax."""
    make_upsell(taxed_shop)
    order = buy_and_settle(taxed_shop)
    monkeypatch.setattr("checkout.upsells.order_lines.read_attempt_mark", lambda line: None)
    taxed_shop.sandbox.plan_fault("close", operation="ordersAddLineItemsCreate", when="after")
    fail_reads_after_call(taxed_shop)
    attempt = accept_upsell(attempt=next_shown_upsell(order))
    assert attempt.status == "unclear"

    UpsellAttempt.objects.update(checked_at=None)
    assert resolve_upsell_attempt(attempt=attempt).status == "charged"
    assert Order.objects.get().items.count() == 2
