"""At most N calls in any one second for one token, over all threads, processes and hosts.

The row `CallSlots` of a token holds the moments of its last N calls. A caller reserves the next free moment
by a conditional update and sleeps until it. Hosts must agree on the time to within `MARGIN`.
"""

import time
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db.models import F

from nextcommerce.errors import AdminApiError, Outcome
from nextcommerce.models import CallSlots
from stores.crypto import hash_secret
from stores.metrics import TURN_SECONDS

WINDOW = 1.0
# What a call may be late after its moment, and clocks may differ, without breaking the limit.
MARGIN = 0.1
SHOPPER_WAIT = 10.0
BACKGROUND_WAIT = 60.0
BACKGROUND_PAUSE = 0.2
LONGEST_REST = 60.0


def next_moment(slots: Sequence[float], *, now: float, rest_until: float, rate: int) -> float:
    """Return the earliest moment, not before `now`, that keeps every second to `rate` calls."""
    moment = max(now, rest_until)
    if slots:
        moment = max(moment, slots[-1])
    if len(slots) >= rate:
        moment = max(moment, slots[-rate] + WINDOW + MARGIN)
    return moment


def longest_wait_for_an_answer() -> float:
    """Return the seconds after which a shopper's call has its answer or never will, a second try included."""
    begun = SHOPPER_WAIT + settings.ADMIN_API_CONNECT_SECONDS
    return 2 * begun + settings.ADMIN_API_READ_SECONDS


class Limiter:
    """The turns of one token. The background lane yields: it takes no future moment, and at most half."""

    def __init__(
        self,
        *,
        token: str,
        background: bool = False,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.key = hash_secret(token)
        self.background = background
        self.rate = max(1, settings.ADMIN_API_CALLS_PER_SECOND)
        self._clock = clock
        self._sleep = sleep

    def acquire(self) -> None:
        """Wait for a turn: two queries where it comes at once.

        Errors: AdminApiError RETRY where it does not come in time.
        """
        with TURN_SECONDS.labels("background" if self.background else "shopper").time():
            self._wait_for_turn()

    def _wait_for_turn(self) -> None:
        deadline = self._clock() + (BACKGROUND_WAIT if self.background else SHOPPER_WAIT)
        while True:
            moment = self._reserve(deadline)
            wait = moment - self._clock()
            if wait > 0:
                self._sleep(wait)
            if self._clock() - moment > MARGIN:
                continue  # woken too late: others may have the seconds after it
            if wait > 0 and CallSlots.objects.filter(pk=self.key, rest_until__gt=moment).exists():
                continue  # told to rest meanwhile
            return

    def rest(self, seconds: float) -> None:
        """Let everybody with this token rest, as the store asked by `Retry-After`."""
        until = self._clock() + min(max(seconds, 0), LONGEST_REST)
        CallSlots.objects.filter(pk=self.key, rest_until__lt=until).update(
            rest_until=until, version=F("version") + 1
        )

    def _reserve(self, deadline: float) -> float:
        while True:
            slots, version, rest_until = self._read()
            now = self._clock()
            # A clock that was set back must not make everybody wait for its old future.
            horizon = now + LONGEST_REST + SHOPPER_WAIT
            slots = [slot for slot in slots if slot <= horizon]
            rest_until = rest_until if rest_until <= horizon else 0.0
            moment = next_moment(slots, now=now, rest_until=rest_until, rate=self.rate)
            if moment > deadline or now > deadline:
                raise AdminApiError(
                    "The store is asked as often as it allows; no turn came in time.", outcome=Outcome.RETRY
                )
            if self.background and (moment > now or self._half_taken(slots, now)):
                self._sleep(BACKGROUND_PAUSE)
                continue
            taken = CallSlots.objects.filter(pk=self.key, version=version).update(
                slots=[*slots, moment][-self.rate :], version=version + 1
            )
            if taken:
                return moment

    def _read(self) -> tuple[list[float], int, float]:
        columns = ("slots", "version", "rest_until")
        row = CallSlots.objects.filter(pk=self.key).values_list(*columns).first()
        if row is None:
            CallSlots.objects.bulk_create([CallSlots(token_hash=self.key)], ignore_conflicts=True)
            row = CallSlots.objects.values_list(*columns).get(pk=self.key)
        return row

    def _half_taken(self, slots: Sequence[float], now: float) -> bool:
        recent = sum(slot > now - WINDOW - MARGIN for slot in slots)
        return recent >= max(1, self.rate // 2)
