"""Public ids: a prefix and a time-ordered random part, used as primary keys."""

import secrets
import time
from typing import Any

from django.db import models

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _encode_base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def generate_id(prefix: str) -> str:
    """Return `prefix_` + 8 characters of time (ms) + 22 random ones (130 bits).

    Sorts by time of creation; the random part makes it unguessable (X2).
    """
    return f"{prefix}_{_encode_base62(time.time_ns() // 1_000_000, 8)}{_encode_base62(secrets.randbits(130), 22)}"


class IdField(models.CharField):
    """A primary key made by `new_id(prefix)`."""

    def __init__(self, prefix: str = "", **kwargs: Any) -> None:
        self.prefix = prefix
        kwargs.setdefault("max_length", 40)
        kwargs["primary_key"] = True
        kwargs["editable"] = False
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs["prefix"] = self.prefix
        del kwargs["primary_key"], kwargs["editable"]
        return name, path, args, kwargs

    def has_default(self) -> bool:
        return True

    def get_default(self) -> str:
        return generate_id(self.prefix)


class PublicIdConverter:
    """Path converter for ids in API URLs; a URL with any other characters does not match."""

    regex = "[A-Za-z0-9_-]{1,64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
