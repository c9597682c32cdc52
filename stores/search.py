"""Text search in which case, accents, composition, and the order of words make no difference.

What rows are found by is stored folded in a column `search_text`, and what is typed is folded alike, so that
both databases compare the same letters. PostgreSQL has a trigram index on each of these columns.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, Generic, TypeVar

from django.db import models
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

ModelType = TypeVar("ModelType", bound=models.Model)
MAX_SEARCH_WORDS = 8
# More rows than this are found sooner one after the other, in the order of their list, than all at once.
MAX_FEW = 500
# A name may grow when it is folded, and PostgreSQL indexes at most 2,700 bytes.
_MAX_LENGTH = 600
# Thai, and what follows it: Chinese, Japanese, Korean, and others.
_FIRST_LETTER_WITHOUT_SPACES = "\u0e00"
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


def add_word_starts(text: str) -> str:
    """Return the text so that a space is before each of its words somewhere. See `contains_word`."""
    words = dict.fromkeys(re.findall(r"[^\W_]+", text))
    return "\n ".join(filter(None, [text, " ".join(word for word in words if f" {word}" not in text)]))


def contains_word(word: str, column: str = "search_text", *, in_order: bool = False) -> Q:
    """Return a condition that a text with `add_word_starts` contains a folded word.

    Of one or two letters, the word must begin with it: the trigram index has no others. Not so in languages
    that put no spaces between words. If many rows have the word, read them `in_order`: without the index,
    which would be asked for all of them first.
    """
    if len(word) < 3 and word.isalnum() and word < _FIRST_LETTER_WITHOUT_SPACES:
        word = f" {word}"
    if in_order:
        # PostgreSQL expects of this comparison that many rows pass, and so reads them in order.
        return Q(GreaterThan(StrIndex(F(column), Value(word)), 0))
    return Q(**{f"{column}__contains": word})


@dataclass(frozen=True)
class FoundRows(Generic[ModelType]):
    """What a search found, and whether that is too much to count: more than `MAX_FEW` rows."""

    rows: QuerySet[ModelType]
    are_many: bool = False


def list_few_keys(rows: QuerySet[Any]) -> list[Any] | None:
    """Return the primary keys of the rows, or None if they are more than `MAX_FEW`."""
    keys = list(rows.order_by().values_list("pk", flat=True)[: MAX_FEW + 1])
    return keys if len(keys) <= MAX_FEW else None


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
