"""What a discount code of NEXT can look like, alone or in a list that staff type."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MAX_CODE_LENGTH = 128


def is_possible_code(code: str) -> bool:
    """Return True if NEXT could have such a code."""
    has_space = any(character.isspace() for character in code)
    return 0 < len(code) <= MAX_CODE_LENGTH and code.isprintable() and not has_space


def split_codes(text: str) -> list[str]:
    """Return the codes of a list, which commas, spaces, or line breaks may separate."""
    return [code for code in re.split(r"[\s,;]+", text) if code]


def validate_codes(text: str) -> None:
    """Raise ValidationError if the list names something that can't be a code."""
    for code in split_codes(text):
        if not is_possible_code(code):
            raise ValidationError(_("“%(code)s” can't be a code.") % {"code": code[:40]})
