"""The stores' secrets written anew, so that an old encryption key can be thrown away."""

from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from stores.crypto import decrypt_text
from stores.errors import Problem
from stores.models import Store

SECRET_FIELDS = ("access_token", "webhook_secret")


@dataclass(frozen=True)
class ReencryptedStore:
    """One store, and which of its secrets no key could read."""

    slug: str
    cleared: tuple[str, ...]


@transaction.atomic
def reencrypt_secrets(*, clear_unreadable: bool = False) -> list[ReencryptedStore]:
    """Write every store's secrets with the first of ENCRYPTION_KEYS. Doing it twice changes nothing.

    With `clear_unreadable`, those that no key reads are emptied. Errors: Problem, without it; then
    nothing is changed.
    """
    as_stored = {f"stored_{name}": Cast(name, TextField()) for name in SECRET_FIELDS}
    rows: Any = Store.objects.select_for_update().order_by("slug").values("pk", "slug", **as_stored)
    done = []
    for row in rows:
        plain, cleared = {}, []
        for name in SECRET_FIELDS:
            try:
                plain[name] = decrypt_text(row[f"stored_{name}"])
            except InvalidToken:
                plain[name] = ""
                cleared.append(name)
        if cleared and not clear_unreadable:
            raise Problem(
                f"No key in ENCRYPTION_KEYS reads {' and '.join(cleared)} of {row['slug']}; "
                "nothing was changed."
            )
        Store.objects.filter(pk=row["pk"]).update(**plain)
        done.append(ReencryptedStore(slug=row["slug"], cleared=tuple(cleared)))
    return done
