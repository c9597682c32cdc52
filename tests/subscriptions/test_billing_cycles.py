"""A subscription from its first payment on: each cycle is charged by its price tier."""

from decimal import Decimal

import pytest

from catalog.models import Variant
from checkout.models import PaymentIntent
from checkout.payments.order_matching import intent_ids_in
from checkout.payments.reconcile import reconcile_due_rows
from nextcommerce.deserializers import deserialize_order
from orders.models import Order, OrderReview
from subscriptions.billing_cycles import record_renewal
from subscriptions.models import Invoice, Subscription
from subscriptions.sentences import RENEWED_AFTER_SOLD_OUT
from tests.factories import sum_parts
from tests.subscriptions.helpers import (
    THREE_TIERS,
    TWO_TIERS,
    advance_clock,
    charged_amounts,
    make_coffee_plan,
    renew_subscription,
    start_subscription,
    sync_now,
)


def invoices(subscription):
    return [(row.cycle, row.status, str(row.amount)) for row in subscription.invoices.order_by("cycle")]


def test_paid_order_with_a_plan_starts_a_subscription(shop):
    """R148, R158."""
    plan = make_coffee_plan(shop, TWO_TIERS)

    subscription = start_subscription(shop, plan)

    assert subscription.status == "active"
    assert subscription.order == Order.objects.get()
    assert subscription.customer.email == "ada@example.com"
    line = subscription.main_line
    assert (line.name, line.quantity, line.price) == ("Field notes", 1, Decimal("44.99"))
    assert line.terms["selling_plan_id"] == plan.pk
    assert subscription.next_renewal_at is not None
    assert invoices(subscription) == [(0, "paid", "39.99")]
    assert charged_amounts(shop) == ["39.99"]


def test_each_cycle_costs_its_tier_price(shop):
    """R151, R156 to R158: NEXT Commerce has one price, which is set before each renewal."""
    subscription = start_subscription(shop, make_coffee_plan(shop, THREE_TIERS))

    subscription = renew_subscription(shop, subscription, times=4)

    assert charged_amounts(shop) == ["39.99", "44.99", "44.99", "49.99", "49.99"]
    assert invoices(subscription) == [
        (0, "paid", "39.99"),
        (1, "paid", "44.99"),
        (2, "paid", "44.99"),
        (3, "paid", "49.99"),
        (4, "paid", "49.99"),
    ]


def test_renewal_is_a_new_order_without_a_payment_intent(shop):
    subscription = start_subscription(shop, make_coffee_plan(shop, TWO_TIERS), quantity=2)

    subscription = renew_subscription(shop, subscription)

    renewal = Order.objects.exclude(pk=subscription.order_id).get()
    assert (renewal.status, renewal.total, renewal.email) == ("Paid", Decimal("89.98"), "ada@example.com")
    item = renewal.items.get()
    assert (item.name, item.quantity, item.unit_price) == ("Field notes", 2, Decimal("44.99"))
    assert item.product_id == subscription.main_line.product_id
    assert renewal.number.endswith("-00002")
    assert Invoice.objects.get(cycle=1).order == renewal
    assert intent_ids_in(deserialize_order(shop.sandbox.orders()[-1])) == set()
    assert PaymentIntent.objects.get().status == "succeeded"
    assert Order.objects.count() == 2
    assert not OrderReview.objects.exists()


def test_sold_out_renewal_goes_to_review(shop):
    subscription = start_subscription(shop, make_coffee_plan(shop))
    Variant.objects.update(inventory_quantity=0)

    renew_subscription(shop, subscription)

    renewal = Order.objects.exclude(pk=subscription.order_id).get()
    review = OrderReview.objects.get()
    assert (renewal.status, review.order, review.text) == ("Paid", renewal, RENEWED_AFTER_SOLD_OUT.fill())


def test_unpaid_renewal_has_no_invoice(shop):
    subscription = start_subscription(shop, make_coffee_plan(shop))
    advance_clock(shop, days=32)
    raw = shop.sandbox.orders()[-1] | {"payment_status": "pending"}

    record_renewal(subscription=subscription, next_order=deserialize_order(raw), cycle=1)

    assert Order.objects.exclude(pk=subscription.order_id).get().status == "Pending"
    assert not Invoice.objects.filter(cycle=1).exists()


@pytest.mark.parametrize(
    ("prices", "total", "added", "included"),
    [
        (("39.99", "47.99"), "47.99", "8.00", "0.00"),
        (("33.32", "39.99"), "39.99", "0.00", "6.67"),
    ],
)
def test_renewal_has_its_tax_and_discount(shop, prices, total, added, included):
    """Whether the price contains the tax is read from the renewal, not from the shop's settings."""
    subscription = start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))
    advance_clock(shop, days=32)
    raw = shop.sandbox.orders()[-1]
    tax = {"tax_title": "VAT", "rate": 0.2, "amount": str(Decimal(added) + Decimal(included))}
    reduced = {
        "price_excl_tax": prices[0],
        "price_incl_tax": prices[1],
        "total_discount": "5.00",
        "tax_lines": [tax],
    }
    raw |= {
        "lines": [raw["lines"][0] | reduced],
        "offer_discounts": [{"name": "Loyalty", "amount": "5.00"}],
        "total_discount": "5.00",
        "tax_lines": [tax],
        "total_tax": tax["amount"],
        "total_excl_tax": prices[0],
        "total_incl_tax": total,
    }

    record_renewal(subscription=subscription, next_order=deserialize_order(raw), cycle=1)

    renewal = Order.objects.exclude(pk=subscription.order_id).get()
    assert (renewal.items_total, renewal.discount_total) == (Decimal("44.99"), Decimal("5.00"))
    assert (renewal.tax_total, renewal.included_tax_total) == (Decimal(added), Decimal(included))
    assert renewal.total == sum_parts(renewal) == Decimal(total)
    assert renewal.items.get().unit_price == Decimal("44.99")
    assert [row.name for row in renewal.discounts.all()] == ["Loyalty"]
    assert Invoice.objects.get(cycle=1).amount == Decimal(total)


def test_repeated_syncs_change_nothing(shop):
    subscription = renew_subscription(shop, start_subscription(shop, make_coffee_plan(shop, TWO_TIERS)))
    before = list(Invoice.objects.values()), list(Order.objects.values())
    shop.sandbox.clear_requests()

    for _ in range(3):
        subscription = sync_now(subscription)

    assert (list(Invoice.objects.values()), list(Order.objects.values())) == before
    assert [call["operation"] for call in shop.sandbox.requests()] == ["subscriptionsRetrieve"] * 3


def test_missed_renewals_are_recorded_together(shop):
    subscription = start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))

    advance_clock(shop, days=100)
    subscription = sync_now(subscription)

    assert invoices(subscription) == [
        (0, "paid", "39.99"),
        (1, "paid", "44.99"),
        (2, "paid", "44.99"),
        (3, "paid", "44.99"),
    ]
    assert Order.objects.count() == 4


def test_price_changed_in_next_is_corrected(shop):
    subscription = start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))
    line_id, number = subscription.main_line.next_line_id, subscription.next_subscription_id
    shop.sandbox.call("PUT", f"subscriptions/{number}/lines/{line_id}/", {"quantity": 1, "price": "99.00"})

    subscription = sync_now(subscription)

    assert subscription.main_line.price == Decimal("44.99")
    renew_subscription(shop, subscription)
    assert charged_amounts(shop) == ["39.99", "44.99"]


def test_prepaid_plan_is_charged_for_all_its_cycles(shop):
    plan = make_coffee_plan(shop, TWO_TIERS, billing_policy_type="PREPAID", min_cycles=3)

    subscription = start_subscription(shop, plan)
    renew_subscription(shop, subscription)

    body = next(call["body"] for call in shop.sandbox.requests() if call["operation"] == "ordersCreate")
    assert body["lines"][0]["subscription"] == {"interval": "month", "interval_count": 3, "price": "134.97"}
    assert charged_amounts(shop) == ["129.97", "134.97"]


def test_declined_renewal_is_past_due_until_paid(shop):
    subscription = start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))
    shop.sandbox.switches(next_payment=["soft_decline", "approve"])

    subscription = renew_subscription(shop, subscription)
    assert (subscription.status, subscription.next_status) == ("past_due", "retrying")
    assert invoices(subscription) == [(0, "paid", "39.99"), (1, "open", "44.99")]
    assert Invoice.objects.get(cycle=1).attempt_count == 1

    subscription = renew_subscription(shop, subscription)
    assert subscription.status == "active"
    assert invoices(subscription) == [(0, "paid", "39.99"), (1, "paid", "44.99")]
    assert charged_amounts(shop) == ["39.99", "44.99"]


def test_hard_decline_stays_past_due(shop):
    subscription = start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))
    shop.sandbox.switches(next_payment="hard_decline")

    subscription = renew_subscription(shop, subscription)

    assert (subscription.status, subscription.next_status) == ("past_due", "past_due")
    assert subscription.next_renewal_at is None


def test_order_without_a_plan_starts_no_subscription(shop):
    from tests.upsells.helpers import buy_and_settle

    buy_and_settle(shop)
    reconcile_due_rows()

    assert not Subscription.objects.exists()
