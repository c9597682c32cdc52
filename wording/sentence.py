"""A sentence as it is stored: a code, and the values that its template is filled with.

Each app defines its templates in its module `sentences`. A row may outlive its template, and a template may
come to need other values, so what can't be worded is shown as it is stored: wording never raises.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from babel.numbers import format_currency
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, override, to_locale

MAX_TEXT = 500  # of one value
_UNKNOWN = "?"
_FALLBACK_LANGUAGE = "en"


@dataclass(frozen=True)
class Money:
    """An amount, formatted for the reader, to the last digit that NEXT sent."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        locale = to_locale(get_language() or _FALLBACK_LANGUAGE)
        return format_currency(self.amount, self.currency, locale=locale, decimal_quantization=False)


@dataclass(frozen=True)
class Label:
    """A choice's label or another fixed term, stored in English and translated for the reader."""

    english: str

    @classmethod
    def of(cls, label: object) -> Self:
        """Return it for a lazily translated label."""
        with override(None):
            return cls(str(label))

    def __str__(self) -> str:
        return gettext(self.english) if self.english else ""


@dataclass(frozen=True)
class Sentence:
    """A stored sentence. `str()` words it in the active language. The empty one has no code."""

    code: str = ""
    values: Mapping[str, "Value"] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        if not self.code:
            return ""
        template = _templates.get(self.code)
        if template is None:
            return self._describe_values()
        try:
            return template.put_into_words(self.values)
        except (TypeError, ValueError, KeyError, IndexError):  # a translation with a wrong placeholder
            return self._word_in_fallback_language(template)

    def __bool__(self) -> bool:
        return bool(self.code)

    def in_english(self) -> str:
        """Return the sentence as other programs read it, in logs and at NEXT."""
        with override(_FALLBACK_LANGUAGE):
            return str(self)

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "values": {name: _to_json(value) for name, value in self.values.items()}}

    @classmethod
    def from_json(cls, data: Any) -> "Sentence":
        """Return the sentence that `to_json` stored. Whatever else is there counts as its code."""
        if not isinstance(data, dict):
            return cls(str(data)) if data else cls()
        values = data.get("values")
        rows = values if isinstance(values, dict) else {}
        return cls(str(data.get("code", "")), {str(name): _from_json(value) for name, value in rows.items()})

    def _word_in_fallback_language(self, template: "SentenceTemplate") -> str:
        try:
            with override(_FALLBACK_LANGUAGE):
                return template.put_into_words(self.values)
        except (TypeError, ValueError, KeyError, IndexError):
            return self._describe_values()

    def _describe_values(self) -> str:
        return " · ".join(filter(None, (self.code, *map(_word_value, self.values.values()))))


Value = str | int | Decimal | Money | Label | Sentence | tuple[Sentence, ...]


class SentenceTemplate:
    """The words of a sentence, lazily translated, with `%(name)s` for its values.

    `code` is what the rows store, so it stays as it is when the words change.
    """

    def __init__(self, code: str, words: Promise | str) -> None:
        if code in _templates:
            raise ValueError(f"Two sentences have the code {code}.")
        self.code = code
        self.words = words
        _templates[code] = self

    def fill(self, **values: Value) -> Sentence:
        """Return the sentence with these values."""
        return Sentence(self.code, {name: _clean_value(value) for name, value in values.items()})

    def put_into_words(self, values: Mapping[str, Value]) -> str:
        """Return the sentence in the active language. Raises what `%` raises for a wrong placeholder."""
        return str(self.words % _WordedValues(values))


class _WordedValues(dict[str, Any]):
    """Values for `%`: numbers stay numbers, which plurals need, and what is missing is a question mark."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        super().__init__({name: v if isinstance(v, int) else _word_value(v) for name, v in values.items()})

    def __missing__(self, name: str) -> str:
        return _UNKNOWN


_templates: dict[str, SentenceTemplate] = {}


def join_sentences(sentences: Iterable[Sentence]) -> Sentence:
    """Return one sentence that reads as all of them."""
    parts = tuple(sentences)
    return parts[0] if len(parts) == 1 else _JOINED.fill(sentences=parts) if parts else Sentence()


_JOINED = SentenceTemplate("joined", "%(sentences)s")


def _clean_value(value: Value) -> Value:
    """Return a text as every database stores it, and no longer than a page wants it."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()[:MAX_TEXT]
    return value


def _word_value(value: Value) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return str(value)


def _to_json(value: Value) -> Any:
    if isinstance(value, Money):
        return {"amount": str(value.amount), "currency": value.currency}
    if isinstance(value, Label):
        return {"label": value.english}
    if isinstance(value, Sentence):
        return value.to_json()
    if isinstance(value, tuple):
        return [sentence.to_json() for sentence in value]
    return str(value) if isinstance(value, Decimal) else value


def _from_json(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(map(Sentence.from_json, value))
    if not isinstance(value, dict):
        return value if isinstance(value, int) else str(value)
    if "label" in value:
        return Label(str(value["label"]))
    if "code" in value:
        return Sentence.from_json(value)
    try:
        return Money(Decimal(value["amount"]), str(value["currency"]))
    except (KeyError, ArithmeticError, TypeError, ValueError):
        return _UNKNOWN
