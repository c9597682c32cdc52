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
# After each turn nobody has one for as long as it took, so that pages get half of the processor.
MAX_PAUSE_SECONDS = 0.25
# How long somebody who was told to come back is expected.
INVITATION_SECONDS = 1.0


class TurnQueue:
    """The turns of one process. Who was sent away has places in the line that newcomers leave free."""

    def __init__(self, threads: int) -> None:
        self.turns = max(1, threads // 16)
        self.places_for_newcomers = max(1, threads // 8)
        self.places = self.places_for_newcomers + max(1, threads // 16)
        self.guests = max(1, threads // 2)
        self._changed = threading.Condition()
        self._taken = 0
        self._in_line = 0
        self._pause_until = 0.0
        self._invitations: list[float] = []  # when each ends

    def take(self, *, has_waited: bool = False) -> bool:
        """Take a turn, once it is free. Return False at once if the line is full, or after a while."""
        with self._changed:
            if has_waited and self._invitations:
                self._invitations.pop()
            if self._in_line >= (self.places if has_waited else self.places_for_newcomers):
                return False
            self._in_line += 1
            try:
                return self._wait_for_turn(time.monotonic() + MAX_WAIT_SECONDS)
            finally:
                self._in_line -= 1

    def give_back(self, *, worked_seconds: float) -> None:
        with self._changed:
            self._taken -= 1
            pause = min(worked_seconds, MAX_PAUSE_SECONDS)
            self._pause_until = max(self._pause_until, time.monotonic() + pause)
            self._changed.notify_all()

    def invite(self) -> bool:
        """Return whether somebody who was sent away should come back now. Few are told so at a time."""
        with self._changed:
            now = time.monotonic()
            self._invitations = [end for end in self._invitations if end > now]
            if self._in_line >= self.places or len(self._invitations) >= self.guests:
                return False
            self._invitations.append(now + INVITATION_SECONDS)
            return True

    def _wait_for_turn(self, deadline: float) -> bool:
        while True:
            now = time.monotonic()
            pause = self._pause_until - now
            if self._taken < self.turns and pause <= 0:
                self._taken += 1
                return True
            if now >= deadline:
                return False
            self._changed.wait(min(deadline - now, pause) if self._taken < self.turns else deadline - now)


class _Thread(threading.local):
    """The queue whose turn this thread has, and since when."""

    queue: TurnQueue | None = None
    since: float = 0.0


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
    _thread.queue, _thread.since = queue, time.monotonic()
    try:
        yield True
    finally:
        give_turn_back()


def give_turn_back() -> None:
    """Let another thread work while this one waits for something. Does nothing without a turn."""
    queue, _thread.queue = _thread.queue, None
    if queue is not None:
        queue.give_back(worked_seconds=time.monotonic() - _thread.since)


def invite_back() -> bool:
    """Return whether somebody who was sent away should come back now."""
    return _queue is None or _queue.invite()
