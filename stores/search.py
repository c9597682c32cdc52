"""Text search in which case, accents, composition, and the order of words make no difference.

What rows are found by is stored folded in a column `search_text`, and what is typed is folded alike, so that
both databases compare the same letters. PostgreSQL has a trigram index on each of these columns.
"""

import unicodedata
from collections.abc import Iterable
from functools import reduce
from operator import and_
from typing import Any

from django.db import models
from django.db.models import Q

MAX_SEARCH_WORDS = 8
# A name may grow when it is folded, and PostgreSQL indexes at most 2,700 bytes.
_MAX_LENGTH = 600
# Letters that Unicode doesn't decompose, and punctuation that keyboards and spreadsheets replace.
_REPLACEMENTS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
        "ŋ": "n",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        **dict.fromkeys("‘’‚‛`´", "'"),
        **dict.fromkeys("“”„‟«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "\0": "",
    }
)
# Marks that make another letter of the one they belong to: voiced kana, and joined letters in India.
_KEPT_COMBINING_CLASSES = (0, 8, 9)


def fold_text(text: str) -> str:
    """Return the text in lowercase, without accents, in one composition, with æ as ae, ß as ss, and so on."""
    if text.isascii():
        return text.lower().translate(_REPLACEMENTS)
    letters = _strip_marks(text).casefold().translate(_REPLACEMENTS)
    return unicodedata.normalize("NFC", _strip_marks(letters).translate(_REPLACEMENTS))


def _strip_marks(text: str) -> str:
    """Return the decomposed text without accents and invisible characters."""
    return "".join(
        character
        for character in unicodedata.normalize("NFKD", text)
        if unicodedata.combining(character) in _KEPT_COMBINING_CLASSES
        and unicodedata.category(character) != "Cf"
    )


def join_search_text(parts: Iterable[str]) -> str:
    """Return the folded parts, each on its own line, so that no word is found across two of them."""
    return "\n".join(dict.fromkeys(filter(None, (fold_text(part).strip() for part in parts))))


def split_words(text: str) -> list[str]:
    """Return the folded words of what was typed, each once."""
    return list(dict.fromkeys(fold_text(text).split()))[:MAX_SEARCH_WORDS]


def search_text_contains(text: str, *, column: str = "search_text") -> Q:
    """Return a condition that a folded column contains each word of the text."""
    typed = split_words(text)
    conditions = (Q(**{f"{column}__contains": word}) for word in typed)
    return reduce(and_, conditions) if typed else Q(pk__in=[])


class SearchTextField(models.TextField):
    """The folded text of other fields of the row, computed whenever the row is saved, as `auto_now` is.

    `QuerySet.update()` and `save(update_fields=…)` don't compute it. It is cut so that an index can hold it.
    """

    def __init__(self, sources: Iterable[str] = (), **kwargs: Any) -> None:
        self.sources = tuple(sources)
        kwargs.setdefault("editable", False)
        kwargs.setdefault("default", "")
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"sources": self.sources}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        text = join_search_text(getattr(model_instance, source) for source in self.sources)
        setattr(model_instance, self.attname, text[:_MAX_LENGTH])
        return text[:_MAX_LENGTH]
