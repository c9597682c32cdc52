"""The store's own words for why it refused. No error schema is published: every known shape is read
(facts section 1, Errors), and an unknown one is still a refusal."""

from collections.abc import Iterator
from typing import Any

from nextcommerce.errors import AdminApiError, Outcome

_LONGEST = 300
_ABOUT_THE_WHOLE = {"", "detail", "message", "non_field_errors", "errors"}


def refusal(*, status: int, body: Any) -> AdminApiError:
    """Return the error for a 4xx answer; `body` is parsed JSON, or None where it was none."""
    fields: dict[str, list[str]] = {}
    whole: list[str] = []
    for name, words in _words(body):
        if name in _ABOUT_THE_WHOLE:
            whole.append(words)
        else:
            fields.setdefault(name, []).append(words)
    code = body.get("payment_response_code") if isinstance(body, dict) else None
    fields.pop("payment_response_code", None)
    sentences = whole + [
        words if name == "payment_details" else f"{name}: {words}"
        for name, several in fields.items()
        for words in several
    ]
    return AdminApiError(
        " ".join(sentences)[:_LONGEST] or _plain(status),
        outcome=Outcome.REFUSED,
        status=status,
        fields=fields,
        code=str(code) if isinstance(code, str | int) else "",
    )


def _words(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield (field, sentence), nested fields joined by dots: `lines.0.product_id`."""
    if isinstance(value, str):
        if value:
            yield name, value[:_LONGEST]
    elif isinstance(value, dict):
        for key, item in value.items():
            key = str(key)
            yield from _words(item, _join("" if name in _ABOUT_THE_WHOLE else name, key))
    elif isinstance(value, list):
        nested = any(isinstance(item, dict) for item in value)
        for number, item in enumerate(value):
            yield from _words(item, _join(name, str(number)) if nested else name)


def _join(name: str, key: str) -> str:
    return f"{name}.{key}" if name else key


def _plain(status: int) -> str:
    if status in {401, 403}:
        return "The store refused our access token."
    if status == 404:
        return "The store does not know what was asked for."
    return f"The store refused the call ({status})."
