"""Countries: their codes and names, and a column for a list of codes."""

import re
from typing import TYPE_CHECKING, Any

from babel import Locale
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

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


if TYPE_CHECKING:
    ListField = models.Field[list[str], list[str]]
else:
    ListField = models.Field


class CountryCodesField(ListField):
    """A list of country codes, stored as text: `US,DE`."""

    def get_internal_type(self) -> str:
        return "TextField"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> list[str] | None:
        return None if value is None else parse_country_codes(value)

    def to_python(self, value: Any) -> Any:
        return parse_country_codes(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else ",".join(value)

    def value_to_string(self, obj: models.Model) -> str:
        return ",".join(self.value_from_object(obj))

    def run_validators(self, value: Any) -> None:
        for code in value:
            validate_country(code)
