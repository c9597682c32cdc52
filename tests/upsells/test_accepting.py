"""Accepting an upsell: one call, one charge, and the NEXT order's lines decide."""

from dataclasses import replace
from decimal import Decimal

from django.db import transaction

from catalog.models import Hold
from catalog.stock import release_hold
from checkout.models import Upsell, UpsellAttempt
from checkout.sentences import OFFER_NOT_ADDED
from checkout.upsells.acceptance import (
    accept_upsell,
    decline_upsell,
    resolve_due_upsell_attempts,
    resolve_upsell_attempt,
)
from checkout.upsells.outcome import refuse_attempt, settle_upsell_attempt
from checkout.upsells.selection import present_next_upsell
from nextcommerce.deserializers import deserialize_order
from orders.models import Order
from orders.sync import apply_next_order
from stores.next_client import open_next_client
from tests.factories import make_order_item, sum_parts, variant_of
from tests.payments.helpers import net_charged
from tests.upsells.helpers import (
    backdate_call,
    bulb_stock,
    buy_and_settle,
    fail_reads_after_call,
    make_upsell,
    next_order_lines,
    next_shown_upsell,
    operation_names,
)


def test_accepting_adds_and_charges_the_line_with_one_call(shop):
    make_upsell(shop, price=Decimal("5.00"), quantity=2)
    order = buy_and_settle(shop)

    attempt = accept_upsell(attempt=next_shown_upsell(order))

    assert attempt.status == "charged"
    assert operation_names(shop) == ["ordersRetrieve", "ordersAddLineItemsCreate"]
    assert net_charged(shop) == Decimal("64.00")
    assert next_order_lines(shop) == [("Desk lamp", 1, False), ("Light bulb", 2, True)]
    order.refresh_from_db()
    assert (order.status, order.total, order.items_total) == ("Paid", Decimal("64.00"), Decimal("59.00"))
    assert not order.is_in_review
    _, bulb = order.items.all()
    assert (bulb.name, bulb.quantity, bulb.unit_price, bulb.is_upsell) == (
        "Light bulb",
        2,
        Decimal("5.00"),
        True,
    )
    assert bulb.next_line_id == attempt.next_line_id is not None
    assert bulb.product_id == shop.products.get(name="Light bulb").pk
    assert bulb_stock(shop) == 98
    assert Hold.objects.get(reference=attempt.pk).state == "sold"
    assert list(order.events.values_list("kind", flat=True)) == ["paid", "upsell"]


def test_request_marks_the_line_as_an_upsell_of_this_attempt(shop):
    """NEXT Commerce treats a line without `is_upsell` as a regular one."""
    make_upsell(shop, discount_percent=Decimal("20"))
    attempt = next_shown_upsell(buy_and_settle(shop))

    accept_upsell(attempt=attempt)

    _, call = shop.sandbox.requests()
    variant = shop.products.get(name="Light bulb").variants.get()
    assert call["body"] == {
        "lines": [
            {
                "product_id": variant.next_variant_id,
                "quantity": 1,
                "price": "6.00",
                "is_upsell": True,
                "metadata": {"upsell_attempt": attempt.pk},
            }
        ]
    }


def test_accepting_again_charges_nothing_more(shop):
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))

    for _ in range(3):
        assert accept_upsell(attempt=attempt).status == "charged"

    assert operation_names(shop) == ["ordersRetrieve", "ordersAddLineItemsCreate"]
    assert net_charged(shop) == Decimal("61.50")


def test_declining_makes_no_call_and_is_final(shop):
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))

    assert decline_upsell(attempt=attempt).status == "declined"
    assert accept_upsell(attempt=attempt).status == "declined"

    assert operation_names(shop) == []
    assert net_charged(shop) == Decimal("54.00")
    assert bulb_stock(shop) == 100


def test_declining_a_charged_upsell_changes_nothing(shop):
    make_upsell(shop)
    attempt = accept_upsell(attempt=next_shown_upsell(buy_and_settle(shop)))

    assert decline_upsell(attempt=attempt).status == "charged"


def test_declined_charge_leaves_the_paid_order_unchanged(shop):
    make_upsell(shop)
    order = buy_and_settle(shop)
    shop.sandbox.switches(upsells="decline")

    attempt = accept_upsell(attempt=next_shown_upsell(order))

    assert attempt.status == "refused"
    assert str(attempt.message) == "Your payment for this offer was declined. Your order hasn't changed."
    assert operation_names(shop) == ["ordersRetrieve", "ordersAddLineItemsCreate", "ordersRetrieve"]
    order.refresh_from_db()
    assert (order.status, order.total, order.items.count()) == ("Paid", Decimal("54.00"), 1)
    assert bulb_stock(shop) == 100
    assert Upsell.objects.get().usage_count == 0
    assert present_next_upsell(order=order) is None


def test_refusal_without_a_reason_is_checked_against_the_lines(shop):
    make_upsell(shop)
    order = buy_and_settle(shop)
    number = order.next_order_number
    attempt = next_shown_upsell(order)
    shop.sandbox.edit_order(number, status="archived")

    assert accept_upsell(attempt=attempt).status == "unclear"
    assert operation_names(shop) == ["ordersRetrieve", "ordersAddLineItemsCreate", "ordersRetrieve"]

    backdate_call(attempt, seconds=31)
    attempt = resolve_upsell_attempt(attempt=attempt)
    assert attempt.status == "refused"
    assert "Nothing was charged" in str(attempt.message)


def test_refused_call_that_added_the_line_counts_as_charged(shop):
    """NEXT Commerce has answered with an error after adding the line."""
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))
    shop.sandbox.plan_fault("status", operation="ordersAddLineItemsCreate", status=400, when="after")

    assert accept_upsell(attempt=attempt).status == "charged"
    assert net_charged(shop) == Decimal("61.50")


def test_sold_out_item_is_refused_before_charging(shop):
    make_upsell(shop, quantity=2)
    order = buy_and_settle(shop)
    attempt = next_shown_upsell(order)
    shop.products.get(name="Light bulb").variants.update(inventory_quantity=1)

    attempt = accept_upsell(attempt=attempt)

    assert attempt.status == "refused"
    assert str(attempt.message) == "This item just sold out. Nothing was charged."
    assert operation_names(shop) == []
    assert bulb_stock(shop) == 1


def test_deactivated_upsell_charges_nothing(shop):
    upsell = make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))
    upsell.active = False
    upsell.save()

    attempt = accept_upsell(attempt=attempt)

    assert (attempt.status, str(attempt.message)) == ("refused", "This offer has ended. Nothing was charged.")
    assert operation_names(shop) == []


def test_shown_price_is_charged_after_a_price_change(shop):
    """S7: the offer is charged as shown."""
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))
    shop.products.get(name="Light bulb").variants.update(price="99.00")

    accept_upsell(attempt=attempt)

    assert net_charged(shop) == Decimal("61.50")


def test_usage_limit_stops_a_second_order(shop):
    make_upsell(shop, usage_limit=1)
    first, second = (next_shown_upsell(buy_and_settle(shop, key=key)) for key in ("a", "b"))

    assert accept_upsell(attempt=first).status == "charged"
    refused = accept_upsell(attempt=second)

    assert str(refused.message) == "This offer is no longer available. Nothing was charged."
    assert Upsell.objects.get().usage_count == 1


def test_line_without_metadata_is_matched_by_its_contents(shop, monkeypatch):
    """NEXT Commerce may drop metadata without a definition."""
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))

    def without_marks(data):
        return deserialize_order({**data, "lines": [{**line, "metadata": None} for line in data["lines"]]})

    monkeypatch.setattr("nextcommerce.client.deserialize_order", without_marks)

    assert accept_upsell(attempt=attempt).status == "charged"
    assert Order.objects.get().items.count() == 2


def test_charge_found_after_refusal_is_recorded_and_reviewed(shop):
    """Also if another order has used the upsell's last available use since."""
    make_upsell(shop, usage_limit=1)
    other = next_shown_upsell(buy_and_settle(shop, key="other"))
    order = buy_and_settle(shop)
    shop.sandbox.plan_fault("close", operation="ordersAddLineItemsCreate", when="after")
    fail_reads_after_call(shop)
    attempt = accept_upsell(attempt=next_shown_upsell(order))
    refuse_attempt(attempt, OFFER_NOT_ADDED.fill())
    assert accept_upsell(attempt=other).status == "charged"

    backdate_call(attempt, hours=1)
    resolve_due_upsell_attempts()

    attempt.refresh_from_db()
    order.refresh_from_db()
    assert attempt.status == "charged"
    assert order.total == Decimal("61.50")
    assert str(order.reviews.get().text) == "NEXT Commerce charged an upsell that it had refused before."
    assert Upsell.objects.get().usage_count == 1
    assert bulb_stock(shop) == 98


def test_different_charged_amount_is_reviewed(shop):
    """For example, NEXT Commerce added a tax that was not shown."""
    make_upsell(shop)
    order = buy_and_settle(shop)
    attempt = next_shown_upsell(order)
    UpsellAttempt.objects.update(amount=Decimal("7.00"))

    assert accept_upsell(attempt=attempt).status == "charged"

    order.refresh_from_db()
    assert str(order.reviews.get().text) == "Upsell shown at $7.00 but charged at $7.50."


def test_unpaid_upsell_is_reviewed(shop, monkeypatch):
    make_upsell(shop)
    order = buy_and_settle(shop)
    attempt = next_shown_upsell(order)
    owing = {"payment_status": "partially_paid", "total_outstanding": "7.50"}
    monkeypatch.setattr(
        "nextcommerce.client.deserialize_order", lambda data: deserialize_order({**data, **owing})
    )

    assert accept_upsell(attempt=attempt).status == "charged"

    order.refresh_from_db()
    assert str(order.reviews.get().text) == "Upsell added, but $7.50 is still unpaid."


def test_charge_without_stock_is_reviewed(shop):
    """The attempt was in doubt for longer than its stock was held."""
    make_upsell(shop)
    order = buy_and_settle(shop)
    shop.sandbox.plan_fault("close", operation="ordersAddLineItemsCreate", when="after")
    fail_reads_after_call(shop)
    attempt = accept_upsell(attempt=next_shown_upsell(order))
    assert attempt.status == "unclear"
    release_hold(reference=attempt.pk)

    backdate_call(attempt, days=8)
    assert resolve_upsell_attempt(attempt=attempt).status == "charged"

    order.refresh_from_db()
    assert str(order.reviews.get().text) == "Upsell charged after the item sold out. Ship later or refund."


def test_added_tax_is_shown_and_charged(shop):
    shop.tax_mode = "added"
    shop.save()
    shop.tax_rates.create(country="US", name="Sales tax", rate=10, taxes_shipping=True)
    shop.sandbox.set_taxes({"country": "US", "percent": "10", "taxes_shipping": True})
    make_upsell(shop, quantity=3)
    order = buy_and_settle(shop)

    attempt = next_shown_upsell(order)
    assert (attempt.amount, attempt.tax) == (Decimal("24.75"), Decimal("2.25"))
    accept_upsell(attempt=attempt)

    order.refresh_from_db()
    assert not order.is_in_review
    assert order.total == sum_parts(order)
    assert net_charged(shop) == order.total == Decimal("84.15")


def test_unmarked_line_known_before_the_call_is_not_the_added_one(shop):
    """Also if a webhook records the added line before the attempt is settled."""
    make_upsell(shop)
    order = buy_and_settle(shop)
    bulb = variant_of(shop.products.get(name="Light bulb"))
    make_order_item(order, name="Light bulb", next_variant_id=bulb.next_variant_id, next_line_id=90)
    shop.sandbox.plan_fault("close", operation="ordersAddLineItemsCreate", when="before")
    attempt = accept_upsell(attempt=next_shown_upsell(order))
    next_order = open_next_client(shop).retrieve_order(order.next_order_number)
    known = replace(
        next_order.lines[0],
        id=90,
        variant_id=bulb.next_variant_id,
        price_incl_tax=Decimal("7.50"),
        is_upsell=True,
    )
    before = replace(next_order, lines=(*next_order.lines, known))
    after = replace(next_order, lines=(*next_order.lines, known, replace(known, id=91)))

    assert settle_upsell_attempt(attempt=attempt, next_order=before, source="webhook").is_in_doubt
    with transaction.atomic():
        apply_next_order(order=order, next_order=after, source="webhook")
    attempt = settle_upsell_attempt(attempt=attempt, next_order=after, source="webhook")

    assert (attempt.status, attempt.next_line_id) == ("charged", 91)
    assert [item.next_line_id for item in order.items.all()][-2:] == [90, 91]
