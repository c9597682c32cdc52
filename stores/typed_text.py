"""Text as people and keyboards send it, in the one form that is stored, compared, and sent on.

Forms, the API, and imports all use it, so that the same name or email is the same everywhere.
"""

import re
import unicodedata

# Words in Persian, Hindi, and others are spelled with these two. Anywhere else they are invisible.
_JOINED = re.compile(r"(?<=[^\s\d])[\u200c\u200d](?=[^\s\d])")
_WRAPPED_EMAIL = re.compile(r"^[^<>]*<([^<>]*)>$")
# What a sentence leaves at the end of a pasted address.
_TRAILING = ".,;:!?)"


def fold_text(text: str) -> str:
    """Return the text composed (NFC), on one line, and without characters that nobody sees.

    Full-width letters and half-width kana get their usual width. Case, accents, and digits stay.
    """
    wide = "".join(map(_fold_width, text))
    composed = unicodedata.normalize("NFC", wide)
    kept = {
        match.start() for match in _JOINED.finditer(composed) if not composed[match.start() - 1].isascii()
    }
    seen = "".join(
        " " if unicodedata.category(character) in {"Cc", "Zl", "Zp"} else character
        for place, character in enumerate(composed)
        if place in kept or unicodedata.category(character) != "Cf"
    )
    return " ".join(seen.split())


def _fold_width(character: str) -> str:
    decomposition = unicodedata.decomposition(character)
    if decomposition.startswith(("<wide>", "<narrow>")):
        return unicodedata.normalize("NFKC", character)
    return character


def fold_digits(text: str) -> str:
    """Return the text with the digits of any script as 0 to 9."""
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character for character in text
    )


def clean_email(text: str) -> str:
    """Return an email address without what copying and keyboards add, and its domain in lowercase.

    Takes `mailto:ada@example.com`, `Ada <ada@example.com>`, and a full stop behind it. Doesn't validate.
    """
    address = fold_text(text)
    if wrapped := _WRAPPED_EMAIL.match(address):
        address = wrapped[1].strip()
    address = re.sub(r"^mailto:\s*", "", address, flags=re.IGNORECASE)
    address = re.sub(r"\s*@\s*", "@", address).rstrip(_TRAILING)
    name, at, domain = address.rpartition("@")
    return f"{name}{at}{domain.replace('。', '.').lower()}"


def split_name(name: str) -> tuple[str, str]:
    """Return (given name, family name) for systems that want two. The second may be empty.

    The first word is the given name, except in names written in Chinese characters, kana, or hangul, which
    begin with the family name.
    """
    first, _space, rest = fold_text(name).partition(" ")
    return (rest, first) if rest and _begins_with_family_name(first) else (first, rest)


def join_name(given: str, family: str) -> str:
    """Return the name as its owner writes it: the opposite of `split_name`."""
    names = (family, given) if _begins_with_family_name(family) else (given, family)
    return " ".join(filter(None, names))


def _begins_with_family_name(word: str) -> bool:
    return bool(word) and all(
        unicodedata.name(character, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL"))
        for character in word
    )
