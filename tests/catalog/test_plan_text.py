"""Texts about plans: terms and savings (R146, R154 to R161)."""

from decimal import Decimal

import pytest

from catalog.plan_snapshot import snapshot_plan_at_price
from catalog.plan_text import format_plan_saving, format_plan_terms
from tests.factories import build_plan

pytestmark = pytest.mark.any_database


def fixed(value, kind="PERCENTAGE"):
    return {"policy_type": "FIXED", "adjustment_type": kind, "adjustment_value": value}


def recurring(value, after, kind="PERCENTAGE"):
    return {
        "policy_type": "RECURRING",
        "adjustment_type": kind,
        "adjustment_value": value,
        "after_cycle": after,
    }


@pytest.mark.parametrize(
    ("plan", "price", "text"),
    [
        ({}, "16.00", "$16.00 every month"),
        ({"interval": "week", "interval_count": 2}, "16.00", "$16.00 every 2 weeks"),
        # R158
        (
            {"pricing_policy": [fixed("10.00", "FIXED_AMOUNT"), recurring("5.00", "1", "FIXED_AMOUNT")]},
            "49.99",
            "$39.99 for the first month, then $44.99 every month",
        ),
        # R154
        (
            {"trial_period_days": 7, "pricing_policy": [fixed("10")]},
            "50.00",
            "7 days free, then $45.00 every month",
        ),
        (
            {"trial_period_days": 7, "trial_price": Decimal("5.00"), "pricing_policy": [fixed("10")]},
            "50.00",
            "$5.00 for the first 7 days, then $45.00 every month",
        ),
        (
            {"trial_period_days": 1, "trial_price": Decimal("5.00")},
            "50.00",
            "$5.00 for the first day, then $50.00 every month",
        ),
        (
            {"interval": "year", "pricing_policy": [fixed("20"), recurring("10", "2"), recurring("0", "3")]},
            "100.00",
            "$80.00 every year for the first 2 years, then $90.00 for another year, then $100.00 every year",
        ),
        ({"pricing_policy": [fixed("10"), recurring("10", "1")]}, "20.00", "$18.00 every month"),
        ({"billing_policy_type": "PREPAID", "min_cycles": 3}, "20.00", "$60.00 every 3 months"),
        (
            {
                "billing_policy_type": "PREPAID",
                "min_cycles": 3,
                "pricing_policy": [fixed("50"), recurring("0", "1")],
            },
            "20.00",
            "$50.00 for the first 3 months, then $60.00 every 3 months",
        ),
    ],
)
def test_plan_terms_list_every_price(plan, price, text):
    terms = snapshot_plan_at_price(plan=build_plan(**plan), base_price=Decimal(price), currency="USD")

    assert format_plan_terms(terms=terms, currency="USD") == text


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ([], ""),
        ([fixed("15")], "Save 15%"),
        ([fixed("30"), recurring("10", "1")], "Save 10%"),
        ([fixed("30"), recurring("0", "1")], "Save 30% to start"),
        ([fixed("25.00", "PRICE")], ""),
    ],
)
def test_saving_is_the_lasting_discount(policy, text):
    plan = build_plan(pricing_policy=policy)

    assert format_plan_saving(plan=plan, base_price=Decimal("20.00"), currency="USD") == text
