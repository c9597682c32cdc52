"""The stores' secrets written anew, so that an old encryption key can be thrown away."""

from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from stores.crypto import decrypt
from stores.errors import Problem
from stores.models import Store

SECRETS = ("access_token", "webhook_secret")


@dataclass(frozen=True)
class Rewritten:
    """One store, and which of its secrets no key could read."""

    slug: str
    forgotten: tuple[str, ...]


@transaction.atomic
def reencrypt(*, forget_unreadable: bool = False) -> list[Rewritten]:
    """Write every store's secrets with the first of ENCRYPTION_KEYS. Doing it twice changes nothing.

    With `forget_unreadable`, those that no key reads are emptied. Errors: Problem, without it; then
    nothing is changed.
    """
    as_stored = {f"stored_{name}": Cast(name, TextField()) for name in SECRETS}
    rows: Any = Store.objects.select_for_update().order_by("slug").values("pk", "slug", **as_stored)
    done = []
    for row in rows:
        plain, forgotten = {}, []
        for name in SECRETS:
            try:
                plain[name] = decrypt(row[f"stored_{name}"])
            except InvalidToken:
                plain[name] = ""
                forgotten.append(name)
        if forgotten and not forget_unreadable:
            raise Problem(
                f"No key in ENCRYPTION_KEYS reads {' and '.join(forgotten)} of {row['slug']}; "
                "nothing was changed."
            )
        Store.objects.filter(pk=row["pk"]).update(**plain)
        done.append(Rewritten(slug=row["slug"], forgotten=tuple(forgotten)))
    return done
