"""States as staff type them and as addresses name them."""

import pytest
from django.core.exceptions import ValidationError

from stores.states import list_states, normalize_state, parse_states

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    ("country", "typed", "saved"),
    [
        ("US", "MA", "MA"),
        ("US", "US-MA", "MA"),
        ("US", "US/MA", "MA"),
        ("US", "us ma", "MA"),
        ("US", "massachusetts", "MA"),
        ("US", "CA NY TX", "CA, NY, TX"),
        ("US", "TX|NY|CA", "CA, NY, TX"),
        ("US", "New York, us-ca;New Jersey", "CA, NJ, NY"),
        ("US", "NY, NY", "NY"),
        ("US", "*", ""),
        ("US", "US", ""),
        ("DE", "", ""),
        ("CA", "Québec, British Columbia", "BC, QC"),
        ("JP", "東京都, Osaka", "Osaka, Tokyo"),
        ("HK", "Hong Kong Island", "Hong Kong Island"),
    ],
)
def test_states_become_those_of_addresses(country, typed, saved):
    assert parse_states(country, typed) == saved
    assert parse_states(country, saved) == saved


@pytest.mark.parametrize(
    ("country", "typed", "words"),
    [
        ("US", "MA, XX", "US has no state XX. Choose from: AA, AE, AK,"),
        ("US", "Bavaria", "US has no state Bavaria."),
        ("US", "DE/BY", "US has no state DE/BY."),
        ("DE", "BY", "Addresses in DE have no states. Leave this blank."),
    ],
)
def test_unknown_states_are_refused_by_name(country, typed, words):
    with pytest.raises(ValidationError) as refusal:
        parse_states(country, typed)

    assert words in refusal.value.messages[0]


def test_text_that_names_no_state_stays_as_it_is():
    assert normalize_state("US", " Elsewhere ") == "Elsewhere"
    assert normalize_state("ZZ", "MA") == "MA"


def test_every_state_of_every_form_can_be_saved():
    for country in ("US", "CA", "AU", "BR", "CN", "ES", "IE", "IN", "IT", "JP", "KR", "MX", "TH", "TW"):
        for value, label in list_states(country):
            assert parse_states(country, value) == value
            assert parse_states(country, label)
