"""Saving what NEXT charged in a place as the store's own tax settings."""

from decimal import Decimal

import pytest

from nextcommerce.order_prices import NextTaxRate
from stores.errors import Problem
from stores.models import TaxRate, TaxRegion
from stores.tax_rates import find_tax_mode, save_region_rates
from tests.factories import make_store

pytestmark = pytest.mark.django_db

NEW_YORK = NextTaxRate(name="Sales tax", percent=Decimal("8.875"), taxes_shipping=True)


@pytest.fixture
def store():
    return make_store(tax_mode="added")


def list_rates():
    return [
        (row.country, row.states, row.name, str(row.rate), row.taxes_shipping)
        for row in TaxRate.objects.all()
    ]


def test_rate_of_a_country_is_saved_with_its_mode(store):
    save_region_rates(
        store=store, country="DE", state="", mode="included", rates=[NextTaxRate("MwSt.", Decimal(19))]
    )

    assert list_rates() == [("DE", "", "MwSt.", "19.0000", False)]
    assert [(row.country, row.currency, row.mode) for row in TaxRegion.objects.all()] == [
        ("DE", "", "included")
    ]


def test_state_leaves_the_row_that_it_shared(store):
    store.tax_rates.create(country="US", states="CA, NY", name="Tax", rate=7)

    save_region_rates(store=store, country="US", state="New York", mode="added", rates=[NEW_YORK])

    assert list_rates() == [
        ("US", "CA", "Tax", "7.0000", False),
        ("US", "NY", "Sales tax", "8.8750", True),
    ]


def test_saving_twice_leaves_one_rate(store):
    for _time in range(2):
        save_region_rates(store=store, country="US", state="NY", mode="added", rates=[NEW_YORK])

    assert list_rates() == [("US", "NY", "Sales tax", "8.8750", True)]
    assert TaxRegion.objects.count() == 1


def test_rates_of_the_country_and_of_categories_stay_when_a_state_is_saved(store):
    store.tax_rates.create(country="US", name="Tax", rate=1)
    store.tax_rates.create(country="US", states="NY", name="Clothing", rate=0, tax_category="clothing")

    save_region_rates(store=store, country="US", state="NY", mode="added", rates=[NEW_YORK])

    assert [row[2] for row in list_rates()] == ["Tax", "Sales tax", "Clothing"]


def test_one_known_state_does_not_make_the_others_known(store):
    store.tax_mode = "at_payment"
    store.save()

    save_region_rates(store=store, country="US", state="NY", mode="added", rates=[NEW_YORK])
    save_region_rates(store=store, country="US", state="OR", mode="none", rates=[])

    assert find_tax_mode(store=store, country="US") == "at_payment"
    assert list_rates() == [("US", "NY", "Sales tax", "8.8750", True), ("US", "OR", "Tax", "0.0000", False)]


def test_untaxed_country_is_saved_as_untaxed(store):
    store.tax_rates.create(country="SG", name="GST", rate=9)

    save_region_rates(store=store, country="SG", state="", mode="none", rates=[])

    assert find_tax_mode(store=store, country="SG") == "none"
    assert list_rates() == []


@pytest.mark.parametrize("percent", ["-1", "100.0001", "NaN", "Infinity"])
def test_rate_that_is_no_percentage_changes_nothing(store, percent):
    with pytest.raises(Problem):
        save_region_rates(
            store=store, country="DE", state="", mode="added", rates=[NextTaxRate("x", Decimal(percent))]
        )

    assert not TaxRate.objects.exists()
    assert not TaxRegion.objects.exists()


def test_region_of_the_stores_currency_counts_before_that_of_all(store):
    store.tax_regions.create(country="DE", mode="added")
    store.tax_regions.create(country="DE", currency="USD", mode="included")
    store.tax_regions.create(country="DE", currency="EUR", mode="none")

    assert find_tax_mode(store=store, country="DE") == "included"
