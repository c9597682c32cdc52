"""How many threads of a web process may wait for NEXT at the same time.

A silent NEXT must not stop anybody from looking at the shop. So of the threads of a web process, only a share
may wait: for one store at most half, for all stores together and for background work (webhooks) a little
more. Requests beyond that don't wait: a page goes on without NEXT's answer, and a payment takes its turn
(`checkout/payments/queue.py`). Commands such as the reconciler have no limit.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.sentences import TOO_MANY_WAITING

# A ticket counts this long after it was last shown; waiting pages show theirs every few seconds.
TICKET_SECONDS = 10.0


class NoFreePlace(NextApiError):
    """As many threads wait for NEXT as may. Nothing was sent."""

    def __init__(self) -> None:
        super().__init__(TOO_MANY_WAITING.fill(), outcome=CallOutcome.RETRY)


class WaitingRoom:
    """The places of one process. `key` is the NEXT store that a thread waits for."""

    def __init__(self, threads: int) -> None:
        self.places_for_store = max(1, threads // 2)
        self.places = max(1, threads * 5 // 8)
        self.places_for_background = max(1, threads // 8)
        self._lock = threading.Lock()
        self._waiting: Counter[str] = Counter()
        self._waiting_in_background = 0
        self._tickets: dict[tuple[str, str], float] = {}

    def claim(self, key: str, *, background: bool = False, ticket: str = "") -> bool:
        """Take a place, or return False. Those who have shown a ticket come before those without one."""
        with self._lock:
            if background:
                if self._waiting_in_background >= self.places_for_background:
                    return False
                self._waiting_in_background += 1
                return True
            now = time.monotonic()
            self._tickets = {row: seen for row, seen in self._tickets.items() if seen > now - TICKET_SECONDS}
            free = min(self.places_for_store - self._waiting[key], self.places - self._waiting.total())
            ahead = 0 if ticket else sum(row[0] == key for row in self._tickets)
            if free <= ahead:
                if ticket:
                    self._tickets[key, ticket] = now
                return False
            self._tickets.pop((key, ticket), None)
            self._waiting[key] += 1
            return True

    def release(self, key: str, *, background: bool = False) -> None:
        with self._lock:
            if background:
                self._waiting_in_background -= 1
            else:
                self._waiting[key] -= 1


class _Threads(threading.local):
    """For each thread, the keys it has a place for."""

    def __init__(self) -> None:
        self.keys: set[str] = set()


_threads = _Threads()
_room: WaitingRoom | None = None


def limit_waiting(threads: int | None) -> None:
    """Limit this process to a share of `threads` from now on; None lifts the limit."""
    global _room
    _room = None if threads is None else WaitingRoom(threads)


@contextmanager
def try_to_wait(key: str, *, background: bool = False, ticket: str = "") -> Iterator[bool]:
    """Yield whether this thread may wait for `key` inside the block. A thread needs only one place."""
    room = _room
    if room is None or key in _threads.keys:
        yield True
        return
    if not room.claim(key, background=background, ticket=ticket):
        yield False
        return
    _threads.keys.add(key)
    try:
        yield True
    finally:
        _threads.keys.discard(key)
        room.release(key, background=background)


@contextmanager
def wait_or_refuse(key: str, *, background: bool = False) -> Iterator[None]:
    """Let this thread wait for `key` inside the block. Raises NoFreePlace if it may not."""
    with try_to_wait(key, background=background) as may_wait:
        if not may_wait:
            raise NoFreePlace
        yield
