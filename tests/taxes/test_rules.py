"""Which of a store's tax settings hold for an address."""

from decimal import Decimal

import pytest
from django.test import RequestFactory

from checkout.tax_rules import load_tax_rules
from stores.middleware import get_store_for_request
from stores.models import Store
from tests.factories import make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    store = make_store(tax_mode="included", tax_rounding="unit")
    store.tax_regions.create(country="US", mode="added")
    store.tax_regions.create(country="GB", mode="included")
    store.tax_regions.create(country="GB", currency="USD", mode="none")
    store.tax_regions.create(country="GB", currency="GBP", mode="added")
    store.tax_rates.create(country="US", states="CA, NY", name="Sales tax", rate="7.25", taxes_shipping=True)
    store.tax_rates.create(country="US", name="Books", rate="0", tax_category="books")
    other = make_store(host="other.example", tax_mode="at_payment")
    other.tax_regions.create(country="DE", mode="none")
    other.tax_rates.create(country="DE", name="Not ours", rate="99")
    return store


@pytest.mark.parametrize(
    ("country", "state", "mode", "names", "is_place_known"),
    [
        ("US", "NY", "added", ["Sales tax", "Books"], True),
        ("US", "", "added", ["Sales tax", "Books"], False),
        ("GB", "", "none", [], True),
        ("DE", "", "included", [], True),
        ("", "", "included", [], False),
    ],
)
def test_region_of_the_country_and_currency_counts_before_the_store(
    store, country, state, mode, names, is_place_known
):
    rules = load_tax_rules(store=store, country=country, state=state)

    assert (rules.mode, [row.name for row in rules.rates]) == (mode, names)
    assert rules.is_place_known is is_place_known


def test_rules_take_one_query_and_carry_whole_rates(store, django_assert_num_queries):
    with django_assert_num_queries(1):
        rules = load_tax_rules(store=store, country="US", state="new york")

    (sales_tax,) = rules.find_rates()
    assert (sales_tax.rate, sales_tax.taxes_shipping, sales_tax.states) == (Decimal("7.2500"), True, "CA, NY")
    assert (rules.state, rules.rounding, rules.currency) == ("NY", "unit", "USD")
    assert rules.find_rates(tax_category="books")[0].name == "Books"


@pytest.mark.parametrize(
    ("fields", "mode"),
    [
        ({"countries": []}, "added"),  # the currency's country
        ({"countries": ["GB", "US"]}, "none"),
        ({"countries": ["FR"]}, "included"),
        ({"countries": [], "currency": "GBP"}, "added"),
    ],
)
def test_likely_country_tells_what_pages_without_an_address_say(
    store, fields, mode, django_assert_num_queries
):
    Store.objects.filter(pk=store.pk).update(**fields)

    with django_assert_num_queries(1):
        found = get_store_for_request(RequestFactory().get("/"))
        assert found.home_tax_mode == mode
        assert found.has_tax_regions is True
    assert Store.objects.get(pk=store.pk).home_tax_mode == mode


def test_store_without_regions_says_what_it_is_set_to(store):
    store.tax_regions.all().delete()

    found = get_store_for_request(RequestFactory().get("/"))

    assert (found.home_tax_mode, found.has_tax_regions, found.needs_tax_address) == ("included", False, False)
    assert load_tax_rules(store=found, country="").is_place_known
