"""One writer at a time: SQLite allows no more, and waiting on a lock beats polling for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

_WRITER = threading.RLock()


@contextmanager
def writing() -> Iterator[None]:
    """A transaction that no other thread's can overlap."""
    with _WRITER, transaction.atomic():
        yield
