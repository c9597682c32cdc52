"""A trial: the first renewal is at its end, at the first cycle's price."""

import datetime
from decimal import Decimal

import pytest

from catalog.plan_snapshot import price_of_renewal, snapshot_plan
from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent
from checkout.selection import Selection, SelectionLine
from subscriptions.billing_dates import billing_anchor_day
from subscriptions.models import Subscription
from tests.factories import variant_of
from tests.payments.helpers import make_selection, pay_at_link, submit_checkout
from tests.subscriptions.helpers import (
    TWO_TIERS,
    charged_amounts,
    make_coffee_plan,
    renew_subscription,
    start_subscription,
)


def test_first_cycle_is_charged_when_the_trial_ends(shop):
    """R149, R154: bought with a paid item, because NEXT Commerce accepts no order of 0.00."""
    plan = make_coffee_plan(shop, TWO_TIERS, trial_period_days=7)
    notes = variant_of(shop.products.get(name="Field notes"))
    lines = (*make_selection(shop).lines, SelectionLine(variant=notes, quantity=1, plan=plan))
    intent = submit_checkout(shop, Selection(source="cart", lines=lines))
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="return")
    reconcile_due_rows()

    subscription = Subscription.objects.select_related("store", "order").get()
    assert subscription.is_in_trial
    assert subscription.trial_end == subscription.order.paid_at + datetime.timedelta(days=7)
    assert subscription.next_renewal_at == subscription.trial_end
    assert billing_anchor_day(subscription) == subscription.trial_end.day
    assert subscription.main_line.price == Decimal("39.99")

    renew_subscription(shop, subscription, times=3)
    assert charged_amounts(shop) == ["54.00", "39.99", "44.99", "44.99"]


def test_free_trial_is_verified_then_charged_by_tier(shop):
    """R149, R154, R155, X20, X21: the verification amount is refunded, and cycle 1 charged later."""
    shop.verification_amount = Decimal("1.00")
    shop.save()

    subscription = start_subscription(shop, make_coffee_plan(shop, TWO_TIERS, trial_period_days=7))

    assert subscription.is_in_trial
    assert subscription.next_renewal_at == subscription.trial_end
    assert subscription.main_line.price == Decimal("39.99")
    renew_subscription(shop, subscription, times=3)
    moves = [(row["kind"], row["amount"]) for row in shop.sandbox.charges()]
    assert moves == [
        ("charge", "1.00"),
        ("refund", "1.00"),
        ("charge", "39.99"),
        ("charge", "44.99"),
        ("charge", "44.99"),
    ]
    assert subscription.order.status == "Paid"
    amounts = subscription.invoices.order_by("cycle").values_list("amount", flat=True)
    assert list(map(str, amounts)) == ["0.00", "39.99", "44.99", "44.99"]


def test_paid_trial_is_charged_first(shop):
    """R149, X20: a discounted trial."""
    plan = make_coffee_plan(shop, TWO_TIERS, trial_period_days=7, trial_price=Decimal("5.00"))

    subscription = start_subscription(shop, plan, quantity=2)

    assert subscription.next_renewal_at == subscription.trial_end
    renew_subscription(shop, subscription, times=2)
    assert charged_amounts(shop) == ["10.00", "79.98", "89.98"]


def test_trial_tiers_start_with_the_first_renewal(shop):
    """R155, R158."""
    plan = make_coffee_plan(shop, TWO_TIERS, trial_period_days=14)

    terms = snapshot_plan(variant=variant_of(shop.products.get(name="Field notes")), plan=plan)

    prices = [price_of_renewal(terms, number) for number in (1, 2, 3)]
    assert prices == [Decimal("39.99"), Decimal("44.99"), Decimal("44.99")]


@pytest.mark.parametrize(("trial_price", "first"), [(None, "0.00"), (Decimal(5), "5.00")])
def test_first_order_costs_the_trial_price(shop, trial_price, first):
    plan = make_coffee_plan(shop, TWO_TIERS, trial_period_days=14, trial_price=trial_price)

    terms = snapshot_plan(variant=variant_of(shop.products.get(name="Field notes")), plan=plan)

    assert price_of_renewal(terms, 0) == Decimal(first)
