"""Phone numbers in E.164 format, as NEXT expects them."""

import phonenumbers
from django.utils.translation import gettext as _

from stores.errors import Problem
from stores.typed_text import fold_digits, fold_text


def parse_phone(*, text: str, country: str) -> str:
    """Return a national or international number as E.164, e.g. +12025550140; empty stays empty.

    Raises Problem if it can't be a phone number.
    """
    if not text.strip():
        return ""
    try:
        number = phonenumbers.parse(fold_digits(fold_text(text)), country or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number) or _is_one_digit(number):
        raise Problem(
            _("Enter a valid phone number with the country code, for example +1 202 555 0140."),
            field="phone",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_one_digit(number: phonenumbers.PhoneNumber) -> bool:
    """Return True for what people type where a number is asked that they won't give, such as 000 000 0000."""
    return len(set(str(number.national_number))) == 1
