"""Re-encrypt what is stored encrypted with the newest key, so that old keys can be removed."""

from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.db import transaction

from stores.crypto import EncryptedTextField, decrypt_text
from stores.errors import Problem
from stores.models import Store

SECRET_FIELDS = ("access_token", "webhook_secret")


@dataclass(frozen=True)
class ReencryptedStore:
    """A store, and the secrets that were cleared because no key could decrypt them."""

    slug: str
    cleared: tuple[str, ...]


@transaction.atomic
def reencrypt_secrets(*, clear_unreadable: bool = False) -> list[ReencryptedStore]:
    """Re-encrypt every encrypted field with the first of ENCRYPTION_KEYS. Safe to run twice.

    Return the stores; other rows can do without what was cleared. Secrets that no key can decrypt are
    cleared with `clear_unreadable`. Without it, they raise Problem and nothing changes.
    """
    _reencrypt_other_rows(clear_unreadable=clear_unreadable)
    rows: Any = (
        Store.objects.select_for_update(no_key=True).order_by("slug").values("pk", "slug", *SECRET_FIELDS)
    )
    done = []
    for row in rows:
        plain, cleared = {}, []
        for name in SECRET_FIELDS:
            try:
                plain[name] = decrypt_text(row[name])
            except InvalidToken:
                plain[name] = ""
                cleared.append(name)
        if cleared and not clear_unreadable:
            raise _unreadable_error(f"{' and '.join(cleared)} of {row['slug']}")
        Store.objects.filter(pk=row["pk"]).update(**plain)
        done.append(ReencryptedStore(slug=row["slug"], cleared=tuple(cleared)))
    return done


def _reencrypt_other_rows(*, clear_unreadable: bool) -> None:
    """Re-encrypt the fields of all other models, such as the addresses of payments at Link."""
    for model in apps.get_models():
        names = [field.name for field in model._meta.fields if isinstance(field, EncryptedTextField)]
        if model is Store:
            continue
        for name in names:
            rows = model._default_manager.exclude(**{name: ""}).select_for_update(no_key=True).order_by("pk")
            for pk, stored in rows.values_list("pk", name):
                try:
                    plain = decrypt_text(stored)
                except InvalidToken:
                    if not clear_unreadable:
                        raise _unreadable_error(f"{name} of {pk}") from None
                    plain = ""
                model._default_manager.filter(pk=pk).update(**{name: plain})


def _unreadable_error(what: str) -> Problem:
    return Problem(f"No key in ENCRYPTION_KEYS can decrypt {what}. Nothing was changed.")
