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


class Ciphertext(str):
    """An encrypted text as stored, marked so that it is not encrypted again."""

    __slots__ = ()


def encrypt_text(plain: str) -> Ciphertext:
    """Return the text encrypted with the first of ENCRYPTION_KEYS. An empty string stays empty."""
    return Ciphertext(_current_fernet().encrypt(plain.encode()).decode() if plain else "")


def has_readable_secrets(row: models.Model) -> bool:
    """Return True if our keys decrypt all encrypted fields of the row."""
    fields = [field for field in row._meta.fields if isinstance(field, EncryptedTextField)]
    try:
        for field in fields:
            getattr(row, field.name)
    except ImproperlyConfigured:
        return False
    return True


def decrypt_text(stored: str) -> str:
    """Return the plain text of a stored secret. Raises InvalidToken if none of our keys decrypts it."""
    return _current_fernet().decrypt(stored.encode()).decode() if stored else ""


class DecryptedAttribute:
    """The plain text of an encrypted field. Decrypts when read, once for each instance and stored value."""

    def __init__(self, field: "EncryptedTextField") -> None:
        self.field = field
        self.cache_name = f"_{field.name}_decrypted"

    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        if instance is None:
            return self
        stored = getattr(instance, self.field.attname)
        # What was decrypted is remembered with its ciphertext, since the row may be loaded again.
        known, plain = instance.__dict__.get(self.cache_name, (None, ""))
        if known != stored:
            plain = self._decrypt(stored)
            instance.__dict__[self.cache_name] = (stored, plain)
        return plain

    def __set__(self, instance: models.Model, value: str) -> None:
        if isinstance(value, Ciphertext):
            setattr(instance, self.field.attname, value)
            return
        stored = encrypt_text(value)
        setattr(instance, self.field.attname, stored)
        instance.__dict__[self.cache_name] = (stored, value)

    def _decrypt(self, stored: str) -> str:
        try:
            return decrypt_text(stored)
        except InvalidToken as error:
            raise ImproperlyConfigured(
                "No key in ENCRYPTION_KEYS can decrypt a stored secret. See `manage.py reencrypt`."
            ) from error


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database. Assign and read the plain text by the field's name.

    As a foreign key has `store_id`, the field has `<name>_ciphertext`: what a row holds once it is loaded,
    and what tells without decrypting whether there is a secret. Queries accept plain text, but find only the
    empty string. `values()` and `values_list()` return ciphertext.
    """

    def get_attname(self) -> str:
        return f"{self.name}_ciphertext"

    def get_attname_column(self) -> tuple[str, str]:
        return self.get_attname(), self.db_column or self.name

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, DecryptedAttribute(self))

    def get_default(self) -> Ciphertext:
        return encrypt_text(super().get_default() or "")

    def get_prep_value(self, value: Any) -> Any:
        if not value or isinstance(value, Ciphertext):
            return value
        return str(encrypt_text(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Ciphertext | None:
        return None if value is None else Ciphertext(value)

    def value_to_string(self, obj: models.Model) -> str:
        """Return the plain text for `dumpdata`, because `loaddata` assigns it by the field's name."""
        return str(getattr(obj, self.name))


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
