"""Secrets: encrypted at rest, hashed where a comparison is enough, or derived and not stored at all."""

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
            "ENCRYPTION_KEYS is empty: make a key with `python manage.py generate_keys` and set it."
        )
    return _build_fernet(tuple(settings.ENCRYPTION_KEYS))


@cache
def _build_fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def decrypt_text(stored: str) -> str:
    """Return the plain text of what was stored. Errors: InvalidToken when no key of ours reads it."""
    return _current_fernet().decrypt(stored.encode()).decode() if stored else stored


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database and plain in Python; the empty text stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        return _current_fernet().encrypt(value.encode()).decode() if value else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        try:
            return decrypt_text(value)
        except InvalidToken as error:
            raise ImproperlyConfigured(
                "A stored secret cannot be read with any key in ENCRYPTION_KEYS; see `manage.py reencrypt`."
            ) from error


def hash_secret(secret: str) -> str:
    """SHA-256 of a long random secret, as hex. Not for passwords."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _compute_mac(key: str, purpose: str, subject: str) -> str:
    digest = hmac.new(key.encode(), f"{purpose}\0{subject}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:18]).decode()


def make_url_token(*, purpose: str, subject: str) -> str:
    """Return `subject.mac`: the secret part of an address that opens one door (`purpose`) to one row.

    144 bits of HMAC-SHA-256 under SECRET_KEY. Derived, so that the database holds nothing that opens it.
    """
    return f"{subject}.{_compute_mac(settings.SECRET_KEY, purpose, subject)}"


def verify_url_token(*, purpose: str, token: str) -> str | None:
    """Return the subject of a token made by `sign_address` for the same purpose, or None."""
    subject, _, mac = token.rpartition(".")
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if any(hmac.compare_digest(_compute_mac(key, purpose, subject).encode(), mac.encode()) for key in keys):
        return subject
    return None
