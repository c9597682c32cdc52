"""Turns: how many threads of a web process may work on what shoppers submit at the same time.

Placing an order takes a processor more time than any page. If a hundred people press Pay in the same second
and all of a process's threads work on it, every other page waits behind them. So few work on it at once, a
few more wait a moment, and everybody else is told at once to come back. A thread that calls NEXT gives its
turn back first: it waits without working, and `waiting.py` limits that. Commands have no limit.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

# How long a request waits for its turn. Longer than a purchase takes to place, shorter than people notice.
MAX_WAIT_SECONDS = 1.0


class TurnQueue:
    """The turns of one process. Who came back has a place in the line that newcomers leave free."""

    def __init__(self, threads: int) -> None:
        self.turns = max(1, threads // 16)
        self.places_for_newcomers = max(1, threads // 8)
        self.places = self.places_for_newcomers + max(1, threads // 16)
        self._changed = threading.Condition()
        self._taken = 0
        self._in_line = 0

    def take(self, *, has_waited: bool = False) -> bool:
        """Take a turn, once it is free. Return False at once if the line is full, or after a while."""
        with self._changed:
            if self._taken < self.turns and not self._in_line:
                self._taken += 1
                return True
            if not self._has_place(has_waited=has_waited):
                return False
            self._in_line += 1
            try:
                return self._wait_for_turn(time.monotonic() + MAX_WAIT_SECONDS)
            finally:
                self._in_line -= 1

    def give_back(self) -> None:
        with self._changed:
            self._taken -= 1
            self._changed.notify()

    def has_place(self) -> bool:
        """Return whether somebody who comes back now would get a turn or a place in the line."""
        with self._changed:
            return self._has_place(has_waited=True)

    def _has_place(self, *, has_waited: bool) -> bool:
        return self._in_line < (self.places if has_waited else self.places_for_newcomers)

    def _wait_for_turn(self, deadline: float) -> bool:
        while self._taken >= self.turns:
            seconds = deadline - time.monotonic()
            if seconds <= 0:
                return False
            self._changed.wait(seconds)
        self._taken += 1
        return True


class _Thread(threading.local):
    """The queue whose turn this thread has."""

    queue: TurnQueue | None = None


_thread = _Thread()
_queue: TurnQueue | None = None


def limit_turns(threads: int | None) -> None:
    """Limit this process to a share of `threads` from now on; None lifts the limit."""
    global _queue
    _queue = None if threads is None else TurnQueue(threads)


@contextmanager
def take_turn(*, has_waited: bool = False) -> Iterator[bool]:
    """Yield whether this thread may do the work inside the block. `has_waited`: it was sent away before."""
    queue = _queue
    if queue is None or _thread.queue is not None:
        yield True
        return
    if not queue.take(has_waited=has_waited):
        yield False
        return
    _thread.queue = queue
    try:
        yield True
    finally:
        give_turn_back()


def give_turn_back() -> None:
    """Let another thread work while this one waits for something. Does nothing without a turn."""
    queue, _thread.queue = _thread.queue, None
    if queue is not None:
        queue.give_back()


def may_get_turn() -> bool:
    """Return whether a request that comes back now can expect a turn. Takes none."""
    return _queue is None or _queue.has_place()
