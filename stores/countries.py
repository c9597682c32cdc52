"""Countries: their codes and names, and a column for a list of codes."""

import re

from babel import Locale
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from stores.code_lists import CodeListField

EU_COUNTRIES = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
EEA_COUNTRIES = EU_COUNTRIES | {"IS", "LI", "NO"}
_COUNTRY_CODE = re.compile(r"[A-Z]{2}")
# Regions of several countries, and codes for tests, that the list of territories has too.
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def validate_country(code: str) -> None:
    """Raise ValidationError unless this is a two-letter ISO code of a country, in capitals."""
    if not _is_country_code(code) or code not in Locale("en").territories:
        raise ValidationError(_("%(code)s is not a two-letter country code.") % {"code": code})


def list_countries() -> list[tuple[str, str]]:
    """Return (code, name) of every country, sorted by name in the active language."""
    names = Locale.parse(to_locale(get_language() or "en")).territories
    return sorted(
        ((code, name) for code, name in names.items() if _is_country_code(code)),
        key=lambda country: country[1],
    )


def _is_country_code(code: str) -> bool:
    return bool(_COUNTRY_CODE.fullmatch(code)) and code not in _NO_COUNTRIES


def is_in_eea(code: str) -> bool:
    """Return True for a country of the European Economic Area, and for the EU itself, as the euro is of."""
    return code in EEA_COUNTRIES or code == "EU"


def parse_country_codes(text: str) -> list[str]:
    """Return the codes in a text such as `US, de fr`, in capitals, each once, in their order."""
    return list(dict.fromkeys(filter(None, re.split(r"[\s,;]+", text.upper()))))


class CountryCodesField(CodeListField):
    """A list of country codes, stored as text: `US,DE`."""

    @staticmethod
    def parse(text: str) -> list[str]:
        return parse_country_codes(text)

    def validate_code(self, code: str) -> None:
        validate_country(code)
