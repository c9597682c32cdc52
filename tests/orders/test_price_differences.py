"""Price differences: staff are told once what NEXT charged differently, and can adopt its rates."""

from decimal import Decimal

import pytest
from django.utils import timezone

from orders.models import PriceDifference
from orders.price_differences import (
    TaxedRegion,
    adopt_difference,
    can_adopt_difference,
    dismiss_difference,
    list_open_differences,
    record_discount_difference,
    record_tax_difference,
)
from stores.errors import Conflict, Problem
from stores.models import TaxRate, TaxRegion
from tests.factories import make_order, make_store

SALES_TAX = {"name": "Sales tax", "rate": "8.875", "taxes_shipping": True}


@pytest.fixture
def store(db):
    return make_store(tax_mode="added")


def place_order(store, *, country="US", state="NY"):
    return make_order(store, tax_country=country, tax_state=state)


def record_tax(
    order, *, rates=(SALES_TAX,), is_included=False, shown="0.00", charged="4.79", is_untaxed=False
):
    region = TaxedRegion.of_order(order, is_included=is_included, rates=rates, is_untaxed=is_untaxed)
    return record_tax_difference(order=order, region=region, shown=Decimal(shown), charged=Decimal(charged))


def record_untaxed(order):
    """Record that ordinary goods were shown with tax, and NEXT charged none."""
    return record_tax(order, rates=(), shown="4.79", charged="0.00", is_untaxed=True)


def record_discount(store, *, charged, shown=None, items_total="100.00", cause="Spring sale"):
    return record_discount_difference(
        order=make_order(store, items_total=Decimal(items_total)),
        cause=cause,
        shown=shown and Decimal(shown),
        charged=Decimal(charged),
    )


def saved_rates(store):
    return [(row.country, row.states, row.name, str(row.rate)) for row in store.tax_rates.all()]


def test_region_is_told_once_and_counts_its_orders(store):
    """S36."""
    first = place_order(store)
    record_tax(first)
    record_tax(place_order(store), charged="9.58")

    difference = PriceDifference.objects.get()
    assert (difference.cause, difference.order, difference.order_count) == ("US-NY", first, 2)
    assert (difference.shown, difference.charged) == (Decimal("0.00"), Decimal("4.79"))
    assert difference.total_difference == Decimal("14.37")
    assert list(list_open_differences(store)) == [difference]
    assert not list_open_differences(make_store(host="other.example")).exists()


def test_regions_differ_by_state_only_where_states_tax(store):
    for state in ("NY", "CA"):
        record_tax(place_order(store, state=state))
    for state in ("RM", "MI"):
        record_tax(place_order(store, country="IT", state=state))

    assert sorted(PriceDifference.objects.values_list("cause", "order_count")) == [
        ("IT", 2),
        ("US-CA", 1),
        ("US-NY", 1),
    ]


def test_taking_over_saves_the_rates_of_the_region_only(store):
    TaxRate.objects.create(store=store, country="US", states="CA, NY", name="Old", rate="5")
    TaxRate.objects.create(store=store, country="US", name="Federal", rate="1")

    difference = adopt_difference(difference=record_tax(place_order(store)), actor="grace")

    assert saved_rates(store) == [
        ("US", "", "Federal", "1.0000"),
        ("US", "CA", "Old", "5.0000"),
        ("US", "NY", "Sales tax", "8.8750"),
    ]
    assert store.tax_rates.get(states="NY").taxes_shipping
    assert TaxRegion.objects.get().mode == "added"
    assert (difference.resolution, difference.resolved_by) == ("adopted", "grace")


def test_two_rates_of_one_name_are_both_adopted_and_known_afterward(store):
    """A state and a county may each charge a "Sales tax"."""
    of_state = SALES_TAX | {"rate": "4", "taxes_shipping": False}
    of_county = SALES_TAX | {"rate": "4.75"}
    order, later = place_order(store), place_order(store)
    record_tax(order, rates=[of_state, of_county])
    without_shipping = [rate | {"taxes_shipping": False} for rate in (of_county, of_state)]
    difference = record_tax(later, rates=without_shipping)

    adopt_difference(difference=difference, actor="grace")

    assert sorted(store.tax_rates.values_list("name", "rate", "taxes_shipping")) == [
        ("Sales tax", Decimal("4.0000"), False),
        ("Sales tax", Decimal("4.7500"), True),
    ]
    assert record_tax(later, rates=[of_county, of_state]) is None
    assert record_tax(later, rates=[of_county]) is not None


def test_taking_over_says_whether_prices_contain_the_tax(store):
    vat = {"name": "VAT", "rate": "19", "taxes_shipping": True}
    order = place_order(store, country="DE", state="")

    adopt_difference(difference=record_tax(order, rates=[vat], is_included=True), actor="grace")

    assert saved_rates(store) == [("DE", "", "VAT", "19.0000")]
    assert TaxRegion.objects.get(country="DE").mode == "included"


def test_untaxed_state_gets_a_rate_of_zero_and_an_untaxed_country_none(store):
    for country, state in (("US", "NY"), ("FR", "")):
        for _order in range(3):
            difference = record_untaxed(place_order(store, country=country, state=state))
        adopt_difference(difference=difference, actor="grace")

    assert saved_rates(store) == [("US", "NY", "Tax", "0.0000")]
    assert list(TaxRegion.objects.values_list("country", "mode")) == [("FR", "none")]


def test_too_few_untaxed_orders_do_not_show_that_nothing_is_taxed(store):
    """One may go to an island outside the country's tax territory. An upsell isn't another order."""
    first, second, third = (place_order(store, country="DE", state="") for _order in range(3))
    for order in (first, first, first, second):
        difference = record_untaxed(order)

    assert not can_adopt_difference(difference)
    with pytest.raises(Conflict, match="Too few orders were untaxed"):
        adopt_difference(difference=difference, actor="grace")

    assert can_adopt_difference(record_untaxed(third))
    assert not TaxRegion.objects.exists()


def test_untaxed_orders_of_other_goods_show_nothing(store):
    """Digital goods, or those of a tax category, may be untaxed alone."""
    for _order in range(5):
        difference = record_tax(place_order(store), rates=(), shown="4.79", charged="0.00")

    assert not can_adopt_difference(difference)


@pytest.mark.parametrize("part", ["tax_total", "included_tax_total"])
@pytest.mark.parametrize(("state", "can_adopt"), [("NY", False), ("CA", True)])
def test_place_is_not_untaxed_if_another_order_to_it_was_taxed(store, part, state, can_adopt):
    """As was shown, so that this order itself is in no difference."""
    first = place_order(store)
    make_order(store, tax_country="US", tax_state=state, paid_at=timezone.now(), **{part: Decimal("4.79")})
    for order in (first, place_order(store), place_order(store)):
        difference = record_untaxed(order)

    assert can_adopt_difference(difference) == can_adopt


def test_one_taxed_order_starts_the_count_of_untaxed_ones_anew(store):
    for _order in range(2):
        record_untaxed(place_order(store))
    record_tax(place_order(store), rates=())

    assert not can_adopt_difference(record_untaxed(place_order(store)))


def test_rates_taken_over_are_the_last_ones(store):
    """Other names would add up. An order without shipping doesn't tell that shipping is no longer taxed."""
    record_tax(place_order(store), rates=[SALES_TAX, SALES_TAX | {"name": "City tax"}])
    difference = record_tax(place_order(store), rates=[SALES_TAX | {"rate": "9", "taxes_shipping": False}])

    adopt_difference(difference=difference, actor="grace")

    assert saved_rates(store) == [("US", "NY", "Sales tax", "9.0000")]
    assert store.tax_rates.get().taxes_shipping


def test_tax_whose_rate_nothing_tells_is_not_taken_over_as_no_tax(store):
    difference = record_tax(place_order(store), rates=(), charged="4.79")

    assert not can_adopt_difference(difference)
    with pytest.raises(Problem, match="doesn't tell the rate of this tax"):
        adopt_difference(difference=difference, actor="grace")
    assert saved_rates(store) == []
    assert not TaxRegion.objects.exists()


def test_closed_difference_is_told_again_only_if_the_rates_change(store):
    dismiss_difference(difference=record_tax(place_order(store)), actor="grace")

    assert record_tax(place_order(store)) is None
    assert record_tax(place_order(store), rates=[SALES_TAX | {"rate": "8.87"}]) is None
    assert record_tax(place_order(store), rates=[SALES_TAX | {"rate": "9.5"}]) is not None
    assert PriceDifference.objects.count() == 2


def test_each_of_several_closed_differences_of_a_region_stays_closed(store):
    """Books may be taxed otherwise than most goods, and both are bought in turn."""
    for rates in ((SALES_TAX,), ()):
        dismiss_difference(difference=record_tax(place_order(store), rates=rates), actor="grace")

    assert record_tax(place_order(store)) is None
    assert record_tax(place_order(store), rates=()) is None
    assert record_untaxed(place_order(store)) is not None


def test_rates_closed_before_others_were_taken_over_are_told_again(store):
    dismiss_difference(difference=record_tax(place_order(store)), actor="grace")
    adopt_difference(
        difference=record_tax(place_order(store), rates=[SALES_TAX | {"rate": "9.5"}]), actor="grace"
    )

    assert record_tax(place_order(store)) is not None


def test_order_placed_before_the_rates_were_taken_over_tells_nothing_new(store):
    before = place_order(store)
    adopt_difference(difference=record_tax(before), actor="grace")

    assert record_tax(before) is None
    assert record_tax(place_order(store)) is not None  # the shop shows these rates by now: look again


def test_discount_is_told_once_by_its_name_and_not_again_once_closed(store):
    """S37."""
    for _time in range(2):
        difference = record_discount_difference(
            order=place_order(store), cause="Spring sale", shown=None, charged=Decimal("5.00")
        )
    assert (difference.cause, difference.order_count) == ("Spring sale", 2)
    assert not can_adopt_difference(difference)
    with pytest.raises(Conflict, match="Only tax rates"):
        adopt_difference(difference=difference, actor="grace")

    dismiss_difference(difference=difference, actor="grace")

    assert record_discount(store, charged="5.00") is None


@pytest.mark.parametrize(
    ("charged", "items_total", "is_told"),
    [
        ("5.00", "100.00", False),
        ("5.01", "100.00", True),
        ("60.00", "100.00", True),
        ("50.00", "1000.00", False),  # the same 5 % off a larger order
        ("60.00", "1000.00", True),
        ("5.00", "10.00", False),  # the same 5.00 off a smaller order
        ("10.00", "10.00", True),
    ],
)
@pytest.mark.parametrize("cause", ["Spring sale", "without a name"])
def test_larger_discount_is_told_again_once_closed(store, cause, charged, items_total, is_told):
    """S37: most of all where several discounts share one cause, since NEXT names none of them."""
    record_discount(store, charged="4.00", cause=cause)
    dismiss_difference(difference=record_discount(store, charged="5.00", cause=cause), actor="grace")

    told = record_discount(store, charged=charged, items_total=items_total, cause=cause)

    assert (told is not None) == is_told


def test_discount_is_measured_by_what_exceeds_the_one_shown(store):
    dismiss_difference(difference=record_discount(store, shown="30.00", charged="35.00"), actor="grace")

    assert record_discount(store, shown="90.00", charged="95.00") is None
    assert record_discount(store, shown="30.00", charged="36.00") is not None


def test_closed_difference_cannot_be_closed_or_taken_over_again(store):
    difference = record_tax(place_order(store))
    dismiss_difference(difference=difference, actor="grace")

    for resolve in (dismiss_difference, adopt_difference):
        with pytest.raises(Conflict, match="already closed"):
            resolve(difference=difference, actor="ada")

    difference.refresh_from_db()
    assert (difference.resolution, difference.resolved_by) == ("dismissed", "grace")


@pytest.mark.parametrize("name", ["x" * 300, "Sale\0", ""])
def test_any_name_can_be_a_cause(store, name):
    order = place_order(store)
    first = record_discount_difference(order=order, cause=name, shown=None, charged=Decimal("5.00"))
    again = record_discount_difference(order=order, cause=name, shown=None, charged=Decimal("5.00"))

    assert first == again
