"""At most N calls in any one second for one token, over all threads, processes and hosts.

The row `CallSlots` of a token holds the moments of its last N calls. A caller reserves the next free moment
by a conditional update and sleeps until it. Hosts must agree on the time to within `MARGIN`.
"""

import hashlib
import time
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db.models import F

from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.metrics import API_TURN_SECONDS
from nextcommerce.models import RateLimitState

WINDOW_SECONDS = 1.0
# What a call may be late after its moment, and clocks may differ, without breaking the limit.
CLOCK_MARGIN_SECONDS = 0.1
MAX_SHOPPER_WAIT_SECONDS = 10.0
MAX_BACKGROUND_WAIT_SECONDS = 60.0
BACKGROUND_POLL_SECONDS = 0.2
MAX_PAUSE_SECONDS = 60.0


def next_free_slot(slots: Sequence[float], *, now: float, paused_until: float, rate: int) -> float:
    """Return the earliest moment, not before `now`, that keeps every second to `rate` calls."""
    moment = max(now, paused_until)
    if slots:
        moment = max(moment, slots[-1])
    if len(slots) >= rate:
        moment = max(moment, slots[-rate] + WINDOW_SECONDS + CLOCK_MARGIN_SECONDS)
    return moment


def longest_call_seconds() -> float:
    """Return the seconds after which a shopper's call has its answer or never will, a second try included."""
    begun = MAX_SHOPPER_WAIT_SECONDS + settings.NEXT_API_CONNECT_SECONDS
    return 2 * begun + settings.NEXT_API_READ_SECONDS


class RateLimiter:
    """The turns of one token. The background lane yields: it takes no future moment, and at most half."""

    def __init__(
        self,
        *,
        token: str,
        background: bool = False,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.key = hashlib.sha256(token.encode()).hexdigest()
        self.background = background
        self.rate = max(1, settings.NEXT_API_CALLS_PER_SECOND)
        self._clock = clock
        self._sleep = sleep

    def acquire(self) -> None:
        """Wait for a turn: two queries where it comes at once.

        Errors: AdminApiError RETRY where it does not come in time.
        """
        with API_TURN_SECONDS.labels("background" if self.background else "shopper").time():
            self._wait_for_turn()

    def _wait_for_turn(self) -> None:
        deadline = self._clock() + (
            MAX_BACKGROUND_WAIT_SECONDS if self.background else MAX_SHOPPER_WAIT_SECONDS
        )
        while True:
            moment = self._reserve_slot(deadline)
            wait = moment - self._clock()
            if wait > 0:
                self._sleep(wait)
            if self._clock() - moment > CLOCK_MARGIN_SECONDS:
                continue  # woken too late: others may have the seconds after it
            if wait > 0 and RateLimitState.objects.filter(pk=self.key, paused_until__gt=moment).exists():
                continue  # told to rest meanwhile
            return

    def pause(self, seconds: float) -> None:
        """Let everybody with this token rest, as the store asked by `Retry-After`."""
        until = self._clock() + min(max(seconds, 0), MAX_PAUSE_SECONDS)
        RateLimitState.objects.filter(pk=self.key, paused_until__lt=until).update(
            paused_until=until, version=F("version") + 1
        )

    def _reserve_slot(self, deadline: float) -> float:
        while True:
            slots, version, paused_until = self._read_state()
            now = self._clock()
            # A clock that was set back must not make everybody wait for its old future.
            horizon = now + MAX_PAUSE_SECONDS + MAX_SHOPPER_WAIT_SECONDS
            slots = [slot for slot in slots if slot <= horizon]
            paused_until = paused_until if paused_until <= horizon else 0.0
            moment = next_free_slot(slots, now=now, paused_until=paused_until, rate=self.rate)
            if moment > deadline or now > deadline:
                raise NextApiError(
                    "The store is asked as often as it allows; no turn came in time.",
                    outcome=CallOutcome.RETRY,
                )
            if self.background and (moment > now or self._is_half_used(slots, now)):
                self._sleep(BACKGROUND_POLL_SECONDS)
                continue
            taken = RateLimitState.objects.filter(pk=self.key, version=version).update(
                slots=[*slots, moment][-self.rate :], version=version + 1
            )
            if taken:
                return moment

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
