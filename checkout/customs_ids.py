"""Numbers that customs want on parcels from abroad: the recipient's CPF or CNPJ in Brazil, the PCCC in Korea.

They are requested only where the goods cross the border, and stored as a part of the address: they are on its
label and erased with it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stores.typed_text import fold_digits

_SEPARATORS = re.compile(r"[\s./-]+")
_CPF = re.compile(r"\d{11}", re.ASCII)
_CNPJ = re.compile(r"[0-9A-Z]{12}\d{2}", re.ASCII)
_PCCC = re.compile(r"P\d{12}", re.ASCII)


@dataclass(frozen=True)
class CustomsIdKind:
    """A number of one country. `read` returns it in its form, or "" if it isn't valid."""

    label: str | Promise
    reason: str | Promise
    error: str | Promise
    is_required: bool
    prefix: str  # before the number on the label
    read: Callable[[str], str]


def _read_brazilian_id(text: str) -> str:
    """Return a CPF (person) or CNPJ (company) with its separators."""
    plain = _plain(text)
    if _CPF.fullmatch(plain) and len(set(plain)) > 1 and _has_check_digits(plain, most=11):
        return f"{plain[:3]}.{plain[3:6]}.{plain[6:9]}-{plain[9:]}"
    if _CNPJ.fullmatch(plain) and len(set(plain)) > 1 and _has_check_digits(plain, most=9):
        return f"{plain[:2]}.{plain[2:5]}.{plain[5:8]}/{plain[8:12]}-{plain[12:]}"
    return ""


def _has_check_digits(plain: str, *, most: int) -> bool:
    """Return True if the last two digits follow from the others, weighted from the right by 2 to `most`.

    Letters, which CNPJs may have, count by their place after "0".
    """
    values = [ord(character) - ord("0") for character in plain]
    for length in (len(values) - 2, len(values) - 1):
        weights = (2 + place % (most - 1) for place in range(length))
        total = sum(value * weight for value, weight in zip(reversed(values[:length]), weights, strict=True))
        rest = total % 11
        if values[length] != (0 if rest < 2 else 11 - rest):
            return False
    return True


def _read_korean_code(text: str) -> str:
    plain = _plain(text)
    return plain if _PCCC.fullmatch(plain) else ""


def _plain(text: str) -> str:
    return _SEPARATORS.sub("", fold_digits(text)).upper()


_KINDS = {
    "BR": CustomsIdKind(
        label=_("CPF or CNPJ"),
        reason=_("Brazilian customs require it for parcels from abroad. It's printed on the label."),
        error=_("Check this number. A CPF has 11 digits, such as 123.456.789-09. A CNPJ has 14."),
        is_required=True,
        prefix="CPF/CNPJ",
        read=_read_brazilian_id,
    ),
    "KR": CustomsIdKind(
        label=_("Customs clearance code (PCCC)"),
        reason=_("Korean customs ask for it for parcels from abroad. It's printed on the label."),
        error=_("Enter P and 12 digits, such as P123456789012."),
        is_required=False,
        prefix="PCCC",
        read=_read_korean_code,
    ),
}


def get_customs_id_kind(*, country: str, home: str) -> CustomsIdKind | None:
    """Return what a parcel from `home` to `country` needs, or None. Nothing ships if `home` is empty."""
    return _KINDS.get(country) if home and home != country else None


def check_customs_id(kind: CustomsIdKind, text: str) -> tuple[str, str]:
    """Return (number in its form, error message or an empty string)."""
    number = kind.read(text)
    return (number, "") if number else (text, str(kind.error))


def format_customs_id(*, country: str, number: str) -> str:
    """Return the number as it stands on a label: `CPF/CNPJ 123.456.789-09`."""
    return f"{_KINDS[country].prefix} {number}" if number else ""
