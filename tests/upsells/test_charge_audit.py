"""What NEXT charges beyond an order goes to staff, whatever it was for (S34)."""

from decimal import Decimal

from checkout.upsells.acceptance import accept_upsell
from nextcommerce.deserializers import deserialize_order
from orders.models import Order, OrderReview
from orders.sync import apply_next_order, mirror_transaction
from tests.upsells.helpers import buy_and_settle, make_upsell, next_shown_upsell


def apply_with_repeated_charge(shop, **fields):
    """Apply the sandbox's order as if NEXT had listed its last charge a second time."""
    data = shop.sandbox.orders()[0]
    charge = data["transactions"][-1]
    transactions = [*data["transactions"], charge | {"id": charge["id"] + 1000}]
    next_order = deserialize_order(data | {"transactions": transactions} | fields)
    with mirror_transaction(source="webhook"):
        order = Order.objects.select_for_update(of=("self",)).select_related("store").get()
        apply_next_order(order=order, next_order=next_order, source="webhook")


def list_reviews():
    return [(row.kind, str(row.text), row.amount_to_refund) for row in OrderReview.objects.all()]


def test_purchase_charged_twice_is_a_review_with_the_amount(shop):
    buy_and_settle(shop)

    apply_with_repeated_charge(shop)
    apply_with_repeated_charge(shop)

    text = "NEXT Commerce holds $108.00 for an order of $54.00. Refund $54.00."
    assert list_reviews() == [("extra_charge", text, Decimal("54.00"))]


def test_upsell_charged_twice_with_a_tax_that_was_not_shown_is_a_review(shop):
    shop.tax_mode = "added"
    shop.save()
    shop.sandbox.set_taxes({"country": "US", "percent": "10"})
    make_upsell(shop)
    accept_upsell(attempt=next_shown_upsell(buy_and_settle(shop)))

    apply_with_repeated_charge(shop)

    text = "NEXT Commerce holds $75.40 for an order of $67.15. Refund $8.25."
    assert list_reviews() == [("extra_charge", text, Decimal("8.25"))]


def test_upsell_charged_twice_is_reported_once(shop):
    make_upsell(shop)
    accept_upsell(attempt=next_shown_upsell(buy_and_settle(shop)))

    apply_with_repeated_charge(shop)

    text = "NEXT Commerce charged $7.50 once more than was accepted. Refund it."
    assert list_reviews() == [("extra_charge", text, Decimal("7.50"))]


def test_second_charge_that_was_given_back_is_no_review(shop):
    buy_and_settle(shop)

    refund = {"id": 5000, "total_refund_amount": "54.00", "note": "", "refund_line_items": []}
    apply_with_repeated_charge(shop, refunds=[refund])

    assert list_reviews() == []
