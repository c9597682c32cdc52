"""GTINs, the numbers under bar codes: EAN, UPC, and ISBN are kinds of them."""

import re

_LENGTHS = (8, 12, 13, 14)


def clean_gtin(text: str) -> str:
    """Return the digits of a GTIN, without the spaces and dashes of its printed form. Raises ValueError."""
    digits = re.sub(r"[\s\-‐‑–]", "", text)
    if not digits:
        return ""
    if not (digits.isascii() and digits.isdigit() and len(digits) in _LENGTHS) or not _is_checked(digits):
        raise ValueError(text)
    return digits


def _is_checked(digits: str) -> bool:
    """Return True if the last digit is the check digit of the others."""
    weighted = (int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(weighted) % 10 == 0
