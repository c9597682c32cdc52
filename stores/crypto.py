"""Secrets: encrypted at rest, hashed if comparing is enough, or derived and never stored."""

import base64
import hashlib
import hmac
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


def _current_fernet() -> MultiFernet:
    if not settings.ENCRYPTION_KEYS:
        raise ImproperlyConfigured(
            "ENCRYPTION_KEYS is empty. Generate a key with `python manage.py generate_keys` and set it."
        )
    return _build_fernet(tuple(settings.ENCRYPTION_KEYS))


@cache
def _build_fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def decrypt_text(stored: str) -> str:
    """Return the plain text of a stored secret. Raises InvalidToken if none of our keys decrypts it."""
    return _current_fernet().decrypt(stored.encode()).decode() if stored else stored


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database and plain in Python. An empty string stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        return _current_fernet().encrypt(value.encode()).decode() if value else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        try:
            return decrypt_text(value)
        except InvalidToken as error:
            raise ImproperlyConfigured(
                "No key in ENCRYPTION_KEYS can decrypt a stored secret. See `manage.py reencrypt`."
            ) from error


def hash_secret(secret: str) -> str:
    """Return the SHA-256 of a long random secret as hex. Not for passwords."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _compute_mac(key: str, purpose: str, subject: str) -> str:
    digest = hmac.new(key.encode(), f"{purpose}\0{subject}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:18]).decode()


def make_url_token(*, purpose: str, subject: str) -> str:
    """Return `subject.mac`, a URL token that gives access to one row for one purpose.

    The MAC is 144 bits of HMAC-SHA-256 with SECRET_KEY. It is derived, so a leaked database reveals no token.
    """
    return f"{subject}.{_compute_mac(settings.SECRET_KEY, purpose, subject)}"


def verify_url_token(*, purpose: str, token: str) -> str | None:
    """Return the subject of a token from `make_url_token` for the same purpose, or None if it is invalid."""
    subject, _, mac = token.rpartition(".")
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if any(hmac.compare_digest(_compute_mac(key, purpose, subject).encode(), mac.encode()) for key in keys):
        return subject
    return None
