"""One writer at a time: SQLite allows no more, and waiting on a lock beats polling for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

_WRITE_LOCK = threading.RLock()


@contextmanager
def exclusive_transaction() -> Iterator[None]:
    """A transaction that no other thread's can overlap."""
    with _WRITE_LOCK, transaction.atomic():
        yield
