"""Limit each token to N calls in any one second, across all threads, processes and hosts.

A token's `RateLimitState` row holds the times ("slots") of its last N calls. A caller reserves the next free
slot with a conditional update and sleeps until then. Clocks of hosts may differ by CLOCK_MARGIN_SECONDS.
"""

import hashlib
import time
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db.models import F

from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.metrics import API_TURN_SECONDS
from nextcommerce.models import RateLimitState
from nextcommerce.sentences import TOO_MANY_WAITING

WINDOW_SECONDS = 1.0
# How late a call may start, and how far clocks may differ, without exceeding the limit.
CLOCK_MARGIN_SECONDS = 0.1
MAX_SHOPPER_WAIT_SECONDS = 10.0
MAX_BACKGROUND_WAIT_SECONDS = 60.0
BACKGROUND_POLL_SECONDS = 0.2
MAX_PAUSE_SECONDS = 60.0


def next_free_slot(slots: Sequence[float], *, now: float, paused_until: float, rate: int) -> float:
    """Return the earliest time from `now` on that keeps any second to `rate` calls (epoch seconds)."""
    slot = max(now, paused_until)
    if slots:
        slot = max(slot, slots[-1])
    if len(slots) >= rate:
        slot = max(slot, slots[-rate] + WINDOW_SECONDS + CLOCK_MARGIN_SECONDS)
    return slot


def longest_call_seconds() -> float:
    """Return the longest a shopper's call can take in seconds, including one retry."""
    wait_and_connect = MAX_SHOPPER_WAIT_SECONDS + settings.NEXT_API_CONNECT_SECONDS
    return 2 * wait_and_connect + settings.NEXT_API_READ_SECONDS


class RateLimiter:
    """The rate limit of one token.

    Background calls yield to shoppers: they never reserve a future slot and use at most half of the limit.
    """

    def __init__(
        self,
        *,
        token: str,
        background: bool = False,
        max_wait: float | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.key = hashlib.sha256(token.encode()).hexdigest()
        self.background = background
        longest = MAX_BACKGROUND_WAIT_SECONDS if background else MAX_SHOPPER_WAIT_SECONDS
        self.max_wait = longest if max_wait is None else max_wait
        self.rate = max(1, settings.NEXT_API_CALLS_PER_SECOND)
        self._clock = clock
        self._sleep = sleep

    def acquire(self) -> None:
        """Wait for a slot; takes two queries if one is free right away.

        Raises NextApiError (RETRY) if no slot comes up in time.
        """
        with API_TURN_SECONDS.labels("background" if self.background else "shopper").time():
            self._wait_for_slot()

    def _wait_for_slot(self) -> None:
        deadline = self._clock() + self.max_wait
        while True:
            slot = self._reserve_slot(deadline)
            wait = slot - self._clock()
            if wait > 0:
                self._sleep(wait)
            if self._clock() - slot > CLOCK_MARGIN_SECONDS:
                continue  # woke up too late: other callers may hold the slots that follow
            if wait > 0 and RateLimitState.objects.filter(pk=self.key, paused_until__gt=slot).exists():
                continue  # paused in the meantime
            return

    def pause(self, seconds: float) -> None:
        """Pause all calls with this token for up to MAX_PAUSE_SECONDS, as `Retry-After` requests."""
        until = self._clock() + min(max(seconds, 0), MAX_PAUSE_SECONDS)
        RateLimitState.objects.filter(pk=self.key, paused_until__lt=until).update(
            paused_until=until, version=F("version") + 1
        )

    def _reserve_slot(self, deadline: float) -> float:
        """Reserve the next free slot and return its time. Raises NextApiError past the deadline."""
        while True:
            slots, version, paused_until = self._read_state()
            now = self._clock()
            # If a clock was set back, ignore slots that now lie far in the future.
            horizon = now + MAX_PAUSE_SECONDS + MAX_SHOPPER_WAIT_SECONDS
            slots = [taken for taken in slots if taken <= horizon]
            paused_until = paused_until if paused_until <= horizon else 0.0
            slot = next_free_slot(slots, now=now, paused_until=paused_until, rate=self.rate)
            if slot > deadline or now > deadline:
                raise NextApiError(
                    TOO_MANY_WAITING.fill(),
                    outcome=CallOutcome.RETRY,
                )
            if self.background and (slot > now or self._is_half_used(slots, now)):
                self._sleep(BACKGROUND_POLL_SECONDS)
                continue
            is_reserved = RateLimitState.objects.filter(pk=self.key, version=version).update(
                slots=[*slots, slot][-self.rate :], version=version + 1
            )
            if is_reserved:
                return slot

    def _read_state(self) -> tuple[list[float], int, float]:
        columns = ("slots", "version", "paused_until")
        row = RateLimitState.objects.filter(pk=self.key).values_list(*columns).first()
        if row is None:
            RateLimitState.objects.bulk_create([RateLimitState(token_hash=self.key)], ignore_conflicts=True)
            row = RateLimitState.objects.values_list(*columns).get(pk=self.key)
        return row

    def _is_half_used(self, slots: Sequence[float], now: float) -> bool:
        recent = sum(slot > now - WINDOW_SECONDS - CLOCK_MARGIN_SECONDS for slot in slots)
        return recent >= max(1, self.rate // 2)
