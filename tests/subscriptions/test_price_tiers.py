"""Two years of charges match the price tiers, for any valid plan."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Product, SellingPlan, Variant
from catalog.plan_snapshot import price_of_renewal, snapshot_plan
from catalog.pricing import price_of_cycle, price_tiers
from checkout.quote import calculate_quote
from checkout.selection import Selection, SelectionLine
from stores.models import Store
from tests.factories import build_plan
from tests.subscriptions.helpers import (
    charged_amounts,
    make_coffee_plan,
    renew_subscription,
    start_subscription,
)

pytestmark = pytest.mark.any_database

CYCLES = 24
cents = st.decimals(min_value=0, max_value=200, places=2)
adjustments = st.one_of(
    st.tuples(st.just("PERCENTAGE"), st.decimals(min_value=0, max_value=100, places=2)),
    st.tuples(st.just("FIXED_AMOUNT"), cents),
    st.tuples(st.just("PRICE"), cents),
)


@st.composite
def plans(draw):
    policies = []
    trial = draw(st.sampled_from([0, 7]))
    if draw(st.booleans()):
        policies.append(("FIXED", draw(adjustments), None))
    starts = draw(st.lists(st.integers(1, 30), max_size=3, unique=True))
    policies += [("RECURRING", draw(adjustments), after) for after in starts]
    return build_plan(
        billing_policy_type=draw(st.sampled_from(SellingPlan.Billing.values)),
        min_cycles=draw(st.sampled_from([None, 1, 2, 3, 4, 6])),
        trial_period_days=trial,
        trial_price=draw(st.none() | cents) if trial else None,
        pricing_policy=[
            {"policy_type": kind, "adjustment_type": how, "adjustment_value": str(value)}
            | ({"after_cycle": str(after)} if after else {})
            for kind, (how, value), after in policies
        ],
    )


@given(plan=plans(), price=cents)
def test_24_cycles_cost_the_sum_of_their_tiers(plan, price):
    """R151, R156 to R161."""
    variant = Variant(product=Product(name="Coffee"), price=price)

    terms = snapshot_plan(variant=variant, plan=plan)
    first = 1 if plan.trial_period_days else 0
    times = CYCLES // terms["cycles_per_charge"]
    charged = sum((price_of_renewal(terms, first + number) for number in range(times)), Decimal(0))

    steps = price_tiers(plan=plan, base_price=price, currency="USD")
    assert charged == sum((price_of_cycle(steps, cycle) for cycle in range(1, CYCLES + 1)), Decimal(0))


@given(plan=plans(), price=cents, quantity=st.integers(1, 9), amount=st.none() | cents)
def test_first_order_keeps_its_price_after_verification(plan, price, quantity, amount):
    """R149, R154, X21: with or without a trial, a trial price, and a refunded verification amount."""
    product = Product(name="Coffee", collect_shipping_address=False, default_currency="USD")
    variant = Variant(product=product, price=price)
    line = SelectionLine(variant=variant, quantity=quantity, plan=plan)
    store = Store(currency="USD", verification_amount=amount, tax_mode="none")
    store.has_tax_regions = False

    quoted = calculate_quote(store=store, selection=Selection(source="cart", lines=(line,)), country="")

    first = price_of_renewal(snapshot_plan(variant=variant, plan=plan), 0) * quantity
    assert quoted.total - quoted.verification == first
    assert quoted.lines[0].verification * quantity == quoted.verification
    least = amount or 0 if first == 0 else 0
    assert least <= quoted.verification <= least + Decimal("0.01") * quantity
    assert (quoted.verification == 0) == (least == 0)


@pytest.mark.slow
def test_sandbox_charges_24_cycles_by_tier(shop):
    """R156 to R161, over HTTP: every price set before its renewal."""
    plan = make_coffee_plan(
        shop,
        [
            {"policy_type": "FIXED", "adjustment_type": "PRICE", "adjustment_value": "9.99"},
            *(
                {
                    "policy_type": "RECURRING",
                    "adjustment_type": "PERCENTAGE",
                    "adjustment_value": value,
                    "after_cycle": after,
                }
                for value, after in [("33.33", "2"), ("12.5", "7"), ("0", "19")]
            ),
        ],
    )

    renew_subscription(shop, start_subscription(shop, plan), times=CYCLES - 1)

    assert charged_amounts(shop) == ["9.99"] * 2 + ["33.33"] * 5 + ["43.74"] * 12 + ["49.99"] * 5
