"""Read error messages from a 4xx response.

NEXT publishes no error schema, so every known shape is read; an unknown shape gets a default message.
"""

from collections.abc import Iterator
from typing import Any

from nextcommerce import sentences
from nextcommerce.errors import CallOutcome, NextApiError
from wording.sentence import Sentence

_MAX_LENGTH = 300
_VOUCHER_WORDS = ("voucher", "coupon")
_NON_FIELD_KEYS = {"", "detail", "message", "non_field_errors", "errors"}


def build_refusal_error(*, status: int, body: Any) -> NextApiError:
    """Return the error for a 4xx response. `body` is the parsed JSON, or None if it was not JSON."""
    fields: dict[str, list[str]] = {}
    general: list[str] = []
    for name, message in _iter_field_messages(body):
        if name in _NON_FIELD_KEYS:
            general.append(message)
        else:
            fields.setdefault(name, []).append(message)
    code = body.get("payment_response_code") if isinstance(body, dict) else None
    fields.pop("payment_response_code", None)
    texts = general + [
        message if name == "payment_details" else f"{name}: {message}"
        for name, messages in fields.items()
        for message in messages
    ]
    quoted = " ".join(texts)[:_MAX_LENGTH]
    return NextApiError(
        sentences.QUOTED.fill(text=quoted) if quoted else _default_message(status),
        outcome=CallOutcome.REFUSED,
        status=status,
        fields=fields,
        code=str(code) if isinstance(code, str | int) else "",
    )


def mentions_voucher(error: NextApiError) -> bool:
    """Return True if NEXT refused the request's discount codes. How it says so isn't documented."""
    if not error.is_refused or error.status not in {400, 422}:
        return False
    texts = [*error.fields, str(error)]
    return any(word in text.lower() for text in texts for word in _VOUCHER_WORDS)


def _iter_field_messages(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield (field, message); nested fields are joined with dots: `lines.0.product_id`."""
    if isinstance(value, str):
        if value:
            yield name, value[:_MAX_LENGTH]
    elif isinstance(value, dict):
        for key, item in value.items():
            key = str(key)
            yield from _iter_field_messages(
                item, _join_field_path("" if name in _NON_FIELD_KEYS else name, key)
            )
    elif isinstance(value, list):
        nested = any(isinstance(item, dict) for item in value)
        for number, item in enumerate(value):
            yield from _iter_field_messages(item, _join_field_path(name, str(number)) if nested else name)


def _join_field_path(name: str, key: str) -> str:
    return f"{name}.{key}" if name else key


def _default_message(status: int) -> Sentence:
    if status in {401, 403}:
        return sentences.TOKEN_REJECTED.fill()
    if status == 404:
        return sentences.NOT_FOUND.fill()
    return sentences.REQUEST_REJECTED.fill(status=status)
