"""Reading from a database that may hang, in a thread that nobody waits for longer than agreed."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import connections

ResultT = TypeVar("ResultT")


class _Reader(threading.Thread, Generic[ResultT]):
    """Calls `read` with database connections of its own. A daemon, so that it never keeps a process alive."""

    def __init__(self, read: Callable[[], ResultT]) -> None:
        super().__init__(daemon=True)
        self.read = read
        self.result: ResultT | None = None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.result = self.read()
        except Exception as error:
            self.error = error
        finally:
            connections.close_all()


_lock = threading.Lock()
_readers: dict[str, _Reader] = {}


def read_within(seconds: float, read: Callable[[], ResultT]) -> ResultT | None:
    """Return `read()`, or None if it takes longer. Raises what it raises.

    While one call hangs, those that follow wait for the same one instead of starting more.
    """
    with _lock:
        reader = _readers.get(read.__qualname__)
        if reader is None or not reader.is_alive():
            reader = _readers[read.__qualname__] = _Reader(read)
            reader.start()
    reader.join(seconds)
    if reader.is_alive():
        return None
    if reader.error is not None:
        raise reader.error
    return reader.result
