"""What a subscription charges after today: amounts, shipping, dates, and their words."""

import datetime
from decimal import Decimal

import pytest

from catalog.plan_snapshot import snapshot_plan_at_price
from catalog.plan_text import format_renewals
from catalog.renewals import RenewingLine, build_renewals, group_renewals
from tests.factories import build_plan

pytestmark = pytest.mark.any_database

FIVE = Decimal("5.00")


def fixed(value, kind="PRICE"):
    return {"policy_type": "FIXED", "adjustment_type": kind, "adjustment_value": value}


def after(cycle, value, kind="PRICE"):
    return {
        "policy_type": "RECURRING",
        "adjustment_type": kind,
        "adjustment_value": value,
        "after_cycle": str(cycle),
    }


def line(price, *, quantity=1, ships=False, name="Coffee", policies=(), **plan):
    terms = snapshot_plan_at_price(
        plan=build_plan(pricing_policy=policies, **plan), base_price=Decimal(price), currency="USD"
    )
    return RenewingLine(terms=terms, quantity=quantity, name=name, ships=ships)


def words(*lines, shipping=FIVE, is_tax_added=False):
    return [
        format_renewals(renewals, currency="USD", is_tax_added=is_tax_added)
        for renewals in group_renewals(lines, shipping=shipping)
    ]


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (line("13.60", interval="week", interval_count=2), "$13.60 every 2 weeks"),
        (
            line("13.60", ships=True, interval="week", interval_count=2),
            "$18.60 every 2 weeks ($13.60 + $5.00 shipping)",
        ),
        (
            line("8.00", trial_period_days=7, policies=[fixed("4.00"), after(2, "8.00")]),
            "$4.00 every month for the first 2 months, then $8.00 every month",
        ),
        (
            line("8.00", policies=[fixed("4.00"), after(3, "8.00")]),
            "$4.00 every month for another 2 months, then $8.00 every month",
        ),
        (line("8.00", policies=[fixed("4.00"), after(1, "8.00")], quantity=3), "$24.00 every month"),
        (
            line("8.00", ships=True, policies=[fixed("4.00"), after(2, "8.00")]),
            "$9.00 for another month ($4.00 + $5.00 shipping), "
            "then $13.00 every month ($8.00 + $5.00 shipping)",
        ),
        (
            line(
                "20.00", billing_policy_type="PREPAID", min_cycles=3, policies=[fixed("10"), after(4, "20")]
            ),
            "$50.00 for another 3 months, then $60.00 every 3 months",
        ),
    ],
)
def test_charges_after_today_are_told_whole(plan, text):
    assert words(plan) == [text]


def test_shipping_and_tax_that_are_not_known_yet_are_named():
    coffee = line("13.60", ships=True)

    assert words(coffee, shipping=None) == ["$13.60 every month, plus shipping"]
    assert words(coffee, shipping=None, is_tax_added=True) == ["$13.60 every month, plus shipping and tax"]
    assert words(line("13.60"), shipping=None, is_tax_added=True) == ["$13.60 every month, plus tax"]


def test_lines_of_one_interval_renew_together_and_others_apart():
    """NEXT starts a subscription for each interval, and each pays for its own shipping."""
    coffee = line("10.00", ships=True)
    filters = line("3.00", quantity=2, name="Filters", ships=True)
    magazine = line("4.00", name="Magazine", interval="week")
    machine = line("90.00", name="Descaler", interval="year", ships=True)

    assert words(coffee, magazine, filters, machine) == [
        "$21.00 every month ($16.00 + $5.00 shipping)",
        "$4.00 every week",
        "$95.00 every year ($90.00 + $5.00 shipping)",
    ]


def test_a_trial_beside_a_plan_without_one_delays_the_charge_of_both():
    now = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)
    (renewals,) = group_renewals(
        [line("10.00"), line("4.00", trial_period_days=7, name="Filters")], shipping=None
    )

    assert renewals.next_amount == Decimal("14.00")
    assert renewals.first_charge_at(now, "UTC") == datetime.datetime(2026, 2, 7, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("plan", "day"),
    [
        ({}, "2026-02-28"),
        ({"interval": "week", "interval_count": 2}, "2026-02-14"),
        ({"interval": "year"}, "2027-01-31"),
    ],
)
def test_the_first_renewal_is_one_interval_from_now(plan, day):
    now = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)
    (renewals,) = group_renewals([line("10.00", **plan)], shipping=None)

    assert renewals.first_charge_at(now, "UTC").date().isoformat() == day


def test_a_running_subscription_tells_what_is_left_of_its_steps():
    ladder = line("8.00", policies=[fixed("4.00"), after(3, "8.00")])

    def told(renewal):
        return format_renewals(build_renewals([ladder], shipping=None, first_renewal=renewal), currency="USD")

    assert told(2) == "$4.00 for another month, then $8.00 every month"
    assert told(3) == told(40) == "$8.00 every month"
