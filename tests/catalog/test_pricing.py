"""Prices of variants under selling plans, cycle by cycle."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import PlanGroupUse, Product, SellingPlan, SellingPlanGroup, Variant
from catalog.plan_text import describe_tier, format_billing_cycle
from catalog.pricing import (
    first_price,
    list_available_plans,
    price_of_charge,
    price_of_cycle,
    price_range,
    price_tiers,
)
from checkout.models import Upsell
from stores.models import Store
from tests.factories import build_plan, make_plan, make_product, make_store, variant_of

pytestmark = pytest.mark.any_database

MONTHLY = {"interval": "month", "interval_count": 1}


def fixed(kind, value):
    return {"policy_type": "FIXED", "adjustment_type": kind, "adjustment_value": value}


def recurring(kind, value, after):
    return {
        "policy_type": "RECURRING",
        "adjustment_type": kind,
        "adjustment_value": value,
        "after_cycle": str(after),
    }


def plan(*policies, **fields):
    return build_plan(pricing_policy=policies, **{**MONTHLY, **fields})


def table(of_plan, base):
    """Return the tiers as (type, first cycle, cycles, description, discount, price)."""
    return [
        (
            tier.policy_type,
            tier.first_cycle,
            tier.cycles,
            describe_tier(tier, plan=of_plan),
            str(tier.discount),
            str(tier.price),
        )
        for tier in price_tiers(plan=of_plan, base_price=Decimal(base), currency="USD")
    ]


def test_first_pricing_example_of_the_guide():
    """R73, R156, R157, R158, R161, X22: 39.99 in the first month, then 44.99, down from 49.99."""
    example = plan(fixed("PERCENTAGE", "20"), recurring("PERCENTAGE", "10", after=1))

    assert table(example, "49.99") == [
        ("FIXED", 1, 1, "First month", "10.00", "39.99"),
        ("RECURRING", 2, 0, "Month 2 onwards", "5.00", "44.99"),
    ]


def test_second_pricing_example_of_the_guide():
    """R159: 39.99 in the first month, then the full price."""
    example = plan(fixed("FIXED_AMOUNT", "10.00"), recurring("FIXED_AMOUNT", "0", after=1))

    assert table(example, "49.99") == [
        ("FIXED", 1, 1, "First month", "10.00", "39.99"),
        ("RECURRING", 2, 0, "Month 2 onwards", "0.00", "49.99"),
    ]


def test_third_pricing_example_of_the_guide():
    """R160: one tier without end, 479.88 - 95.88 = 384.00 a year."""
    example = plan(recurring("FIXED_AMOUNT", "95.88", after=0), interval="year")

    assert table(example, "479.88") == [("RECURRING", 1, 0, "Every year", "95.88", "384.00")]


def test_discounted_yen_price_has_no_decimals():
    """Amounts in yen are whole, although NEXT Commerce formats them with two decimals (N17)."""
    tenth_off = plan(recurring("PERCENTAGE", "10", after=0))

    (tier,) = price_tiers(plan=tenth_off, base_price=Decimal("995.00"), currency="JPY")

    assert (str(tier.price), str(tier.discount)) == ("896.00", "99.00")


def test_yen_prices_with_decimals_are_not_accepted():
    with pytest.raises(ValidationError, match="has no cents"):
        Upsell(store=Store(id=1, currency="JPY"), price=Decimal("9.50")).clean()


def test_fixed_policy_alone_has_no_end():
    """X23."""
    assert table(plan(fixed("PERCENTAGE", "10")), "20") == [("FIXED", 1, 0, "Every month", "2.00", "18.00")]


def test_cycles_without_a_policy_cost_the_full_price():
    assert table(plan(recurring("PRICE", "5", after=3), interval_count=3), "20") == [
        ("FIXED", 1, 3, "First 9 months", "0.00", "20.00"),
        ("RECURRING", 4, 0, "Month 10 onwards", "15.00", "5.00"),
    ]


def test_a_plan_without_policies_costs_the_full_price():
    assert table(plan(), "20") == [("RECURRING", 1, 0, "Every month", "0.00", "20.00")]


def test_price_steps_follow_each_other():
    tiers = plan(
        fixed("PRICE", "1"),
        recurring("PRICE", "2", after=2),
        recurring("PRICE", "3", after=3),
        interval="week",
    )

    assert [row[1:4] for row in table(tiers, "10")] == [
        (1, 2, "First 2 weeks"),
        (3, 1, "Week 3"),
        (4, 0, "Week 4 onwards"),
    ]


def test_billing_cycle_is_worded_as_in_the_guide():
    """R72."""
    assert format_billing_cycle("month", 1) == "month"
    assert format_billing_cycle("month", 3) == "3 months"
    assert format_billing_cycle("year", 1) == "year"


amounts = st.decimals(0, 10_000, places=2)
policies = st.builds(
    lambda kind, value, after: fixed(kind, value) if after == 0 else recurring(kind, value, after - 1),
    st.sampled_from(["FIXED_AMOUNT", "PRICE", "PERCENTAGE"]),
    st.decimals(0, 100, places=2).map(str),
    st.integers(0, 20),
)


@given(amounts, st.lists(policies, max_size=6))
def test_tiers_cover_every_cycle_exactly_once_and_never_below_zero(base, plan_policies):
    tiers = price_tiers(plan=plan(*plan_policies), base_price=base, currency="USD")

    covered = []
    for tier in tiers[:-1]:
        assert tier.cycles > 0
        covered += range(tier.first_cycle, tier.first_cycle + tier.cycles)
    assert covered == list(range(1, tiers[-1].first_cycle))
    assert tiers[-1].cycles == 0
    assert all(tier.price >= 0 for tier in tiers)
    assert all(tier.base_price - tier.discount == tier.price for tier in tiers)
    assert all(tier.price == round(tier.price, 2) for tier in tiers)


@given(amounts, st.lists(policies, max_size=6), st.integers(1, 60))
def test_price_of_a_cycle_comes_from_its_tier(base, plan_policies, cycle):
    """R151."""
    tiers = price_tiers(plan=plan(*plan_policies), base_price=base, currency="USD")

    (expected_tier,) = [
        tier
        for tier in tiers
        if tier.first_cycle <= cycle and (not tier.cycles or cycle < tier.first_cycle + tier.cycles)
    ]
    assert price_of_cycle(tiers, cycle) == expected_tier.price


@given(amounts, st.lists(policies, max_size=6), st.integers(1, 6), st.integers(1, 6))
def test_a_prepaid_charge_is_the_sum_of_its_cycles(base, plan_policies, size, number):
    prepaid = plan(*plan_policies, billing_policy_type="PREPAID", min_cycles=size)
    tiers = price_tiers(plan=prepaid, base_price=base, currency="USD")

    first = (number - 1) * size + 1
    expected = sum(price_of_cycle(tiers, cycle) for cycle in range(first, first + size))

    assert price_of_charge(plan=prepaid, base_price=base, currency="USD", number=number) == expected


def test_free_trial_costs_nothing_until_it_ends():
    """R154, X20, X21."""
    mug = Variant(product=Product(), price=Decimal("49.99"))
    trial = plan(fixed("PERCENTAGE", "20"), recurring("PERCENTAGE", "10", after=1), trial_period_days=7)

    assert first_price(variant=mug, plan=trial) == 0
    assert price_of_charge(plan=trial, base_price=mug.price, currency="USD", number=1) == Decimal("39.99")
    assert price_of_charge(plan=trial, base_price=mug.price, currency="USD", number=2) == Decimal("44.99")


def test_trial_can_have_its_own_price():
    """R154, X20: a paid trial, then the first cycle."""
    mug = Variant(product=Product(), price=Decimal("49.99"))
    trial = plan(fixed("PERCENTAGE", "20"), trial_period_days=7, trial_price=Decimal(5))

    assert first_price(variant=mug, plan=trial) == Decimal("5.00")
    assert price_of_charge(plan=trial, base_price=mug.price, currency="USD", number=1) == Decimal("39.99")


def test_one_time_purchase_costs_the_variants_price():
    """R133."""
    assert first_price(variant=Variant(price=Decimal("49.99")), plan=None) == Decimal("49.99")


def test_price_range_is_lowest_to_highest():
    """R47."""
    variants = [Variant(price=Decimal(price)) for price in ("29.99", "32.99", "30.00")]

    assert price_range(variants) == (Decimal("29.99"), Decimal("32.99"))


@pytest.fixture
def product(db):
    return make_product(make_store(), options={"Size": ["S", "M"]})


def plan_names(variant):
    return [found.name for found in list_available_plans(variant=variant)]


def test_product_groups_apply_to_all_its_variants(product):
    """R140, R142, X24."""
    make_plan(product, name="Monthly")
    make_plan(product, name="Yearly", interval="year")

    assert [plan_names(variant) for variant in product.variants.all()] == [["Monthly", "Yearly"]] * 2


def test_variants_own_groups_replace_the_products(product):
    """R143."""
    make_plan(product, name="Monthly")
    small = variant_of(product, "S")
    group = SellingPlanGroup.objects.create(store=product.store, name="Small ones")
    PlanGroupUse.objects.create(group=group, product=product, variant=small)
    SellingPlan.objects.create(group=group, name="Weekly", interval="week")

    assert plan_names(small) == ["Weekly"]
    assert plan_names(variant_of(product, "M")) == ["Monthly"]


def test_disabled_and_out_of_date_plans_are_not_offered(product):
    """R141."""
    now = timezone.now()
    day = datetime.timedelta(days=1)
    make_plan(product, name="Disabled", status="disabled")
    make_plan(product, name="Not yet", valid_from=now + day)
    make_plan(product, name="Over", valid_until=now - day)
    make_plan(product, name="Now", valid_from=now - day, valid_until=now + day)
    SellingPlanGroup.objects.filter(selling_plans=make_plan(product, name="Group off")).update(
        status="disabled"
    )

    assert plan_names(variant_of(product)) == ["Now"]


def test_lower_priority_comes_first(product):
    make_plan(product, name="Second", priority=2)
    make_plan(product, name="First", priority=1)

    assert plan_names(variant_of(product)) == ["First", "Second"]
