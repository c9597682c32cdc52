"""Moving the sandbox store's clock from the demo's prompt, and letting the shop know what its clock says."""

import datetime
import select
import sys
import time
from dataclasses import dataclass, field

import requests
from django.utils import timezone

from stores.models import Store
from subscriptions.models import Subscription

DAYS_BY_KEY = {"d": 1, "w": 7, "m": 31}  # a month of any length has passed after 31
CLOCK_PROMPT = "Type d, w or m and Enter to move the sandbox store's clock by a day, a week or a month."
# Somebody may move it on the sandbox's own page.
CLOCK_POLL_SECONDS = 2.0
MIN_OFFSET_CHANGE = datetime.timedelta(seconds=5)


@dataclass
class SandboxClock:
    """The clock of one sandbox store, at `address`."""

    slug: str
    address: str
    polled_at: float = float("-inf")
    is_interactive: bool = field(default_factory=lambda: sys.stdin.isatty())

    def advance(self, days: int) -> str:
        """Move it on; return what it says and what happened on the way, as a sentence."""
        answer = requests.post(self.address, json={"advance_days": days}, timeout=60)
        answer.raise_for_status()
        self.sync_offset()
        now = datetime.datetime.fromisoformat(answer.json()["now"])
        happened = answer.json()["happened"]
        return f"The store's clock says {now:%A, %d %B %Y}. Renewals and the like on the way: {happened}."

    def sync_offset(self) -> None:
        """Take over what the clock says; where it was moved, have all subscriptions looked at."""
        self.polled_at = time.monotonic()
        answer = requests.get(self.address, timeout=10)
        answer.raise_for_status()
        offset = datetime.datetime.fromisoformat(answer.json()["now"]) - timezone.now()
        store = Store.objects.get(slug=self.slug)
        if abs(offset - store.clock_offset) > MIN_OFFSET_CHANGE:
            Store.objects.filter(pk=store.pk).update(clock_offset=offset)
            Subscription.objects.filter(store=store).update(refresh_at=timezone.now())

    def tick(self) -> None:
        """Do what was typed, if this is a terminal, and look at the clock now and then."""
        try:
            if self.is_interactive and select.select([sys.stdin], [], [], 0)[0]:
                self.handle_input(sys.stdin.readline())
            elif time.monotonic() - self.polled_at > CLOCK_POLL_SECONDS:
                self.sync_offset()
        except requests.RequestException:
            pass  # whether the sandbox still runs is watched elsewhere

    def handle_input(self, typed: str) -> None:
        self.is_interactive = bool(typed)  # nothing at all: the end of the input
        days = DAYS_BY_KEY.get(typed.strip().lower())
        print(self.advance(days) if days else CLOCK_PROMPT, flush=True)
