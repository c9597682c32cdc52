"""Phone numbers as the store takes them: E.164."""

import phonenumbers
from django.utils.translation import gettext as _

from stores.errors import Problem


def parse_phone(*, text: str, country: str) -> str:
    """Return a number typed in the country's own way as E.164, e.g. +12025550140; empty stays empty.

    Errors: Problem where it cannot be a phone number.
    """
    if not text.strip():
        return ""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise Problem(
            _("This is not a phone number we can use. Please add the country code, e.g. +1 202 555 0140."),
            field="phone",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
