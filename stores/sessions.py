"""Sessions in the database under a hash of their key, so that a copy of the database opens none of them.

The browser's cookie has the key. Django stores the key itself, so that a reader of the table can be the
shopper or the staff member whose session it is.
"""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.utils import timezone

from stores.crypto import hash_secret

MAX_HASH_LENGTH = 40  # of Django's column: 160 bits


def hash_session_key(key: str) -> str:
    """Return what the session with this key is stored under."""
    return hash_secret(key)[:MAX_HASH_LENGTH]


class SessionStore(db.SessionStore):
    """Django's database sessions with hashed keys. The shop has no asynchronous views that need the rest."""

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        key = self.session_key
        rows = self.model.objects.filter(expire_date__gt=timezone.now())
        session = rows.filter(session_key=hash_session_key(key)).first() if key else None
        if session is None:
            self._session_key = None  # never adopt a key that we didn't issue
        return session

    def exists(self, session_key: str) -> bool:
        """Return True if there is a session with this key."""
        return super().exists(hash_session_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """Return the row for this session."""
        row = super().create_model_instance(data)
        row.session_key = hash_session_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Delete the session with this key, or this one."""
        key = session_key or self.session_key
        if key:
            super().delete(hash_session_key(key))
