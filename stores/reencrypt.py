"""Re-encrypt the stores' secrets with the newest key, so that old keys can be removed."""

from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from django.db import transaction

from stores.crypto import decrypt_text
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
    """Re-encrypt every store's secrets with the first of ENCRYPTION_KEYS. Safe to run twice.

    Secrets that no key can decrypt are cleared with `clear_unreadable`. Without it, they raise Problem and
    nothing changes.
    """
    rows: Any = Store.objects.select_for_update().order_by("slug").values("pk", "slug", *SECRET_FIELDS)
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
            raise Problem(
                f"No key in ENCRYPTION_KEYS can decrypt {' and '.join(cleared)} of {row['slug']}. "
                "Nothing was changed."
            )
        Store.objects.filter(pk=row["pk"]).update(**plain)
        done.append(ReencryptedStore(slug=row["slug"], cleared=tuple(cleared)))
    return done
