"""Move the sandbox store's clock from the terminal, and keep the shop's store clock in sync with it."""

import datetime
import select
import sys
import time
from dataclasses import dataclass, field

import requests
from django.utils import timezone

from stores.models import Store
from subscriptions.models import Subscription

DAYS_BY_KEY = {"d": 1, "w": 7, "m": 31}  # 31 days cover a month of any length
CLOCK_PROMPT = "Type d, w or m and press Enter to move the sandbox clock by a day, a week or a month."
# Someone may move the clock on the sandbox's own page.
CLOCK_POLL_SECONDS = 2.0
MIN_OFFSET_CHANGE = datetime.timedelta(seconds=5)


@dataclass
class SandboxClock:
    """The clock of one sandbox store; `address` is its control URL."""

    slug: str
    address: str
    polled_at: float = float("-inf")
    is_interactive: bool = field(default_factory=lambda: sys.stdin.isatty())

    def advance(self, days: int) -> str:
        """Move the clock forward. Return its new date and the number of events in between, as text."""
        response = requests.post(self.address, json={"advance_days": days}, timeout=60)
        response.raise_for_status()
        self.sync_offset()
        now = datetime.datetime.fromisoformat(response.json()["now"])
        happened = response.json()["happened"]
        return f"The sandbox clock now says {now:%A, %B %d, %Y}. Renewals and other events: {happened}."

    def sync_offset(self) -> None:
        """Copy the sandbox's clock to the store. If it has moved, schedule all subscriptions for a sync."""
        self.polled_at = time.monotonic()
        response = requests.get(self.address, timeout=10)
        response.raise_for_status()
        offset = datetime.datetime.fromisoformat(response.json()["now"]) - timezone.now()
        store = Store.objects.get(slug=self.slug)
        if abs(offset - store.clock_offset) > MIN_OFFSET_CHANGE:
            Store.objects.filter(pk=store.pk).update(clock_offset=offset)
            Subscription.objects.filter(store=store).update(refresh_at=timezone.now())

    def tick(self) -> None:
        """Handle terminal input, if any; otherwise check the clock every CLOCK_POLL_SECONDS."""
        try:
            if self.is_interactive and select.select([sys.stdin], [], [], 0)[0]:
                self.handle_input(sys.stdin.readline())
            elif time.monotonic() - self.polled_at > CLOCK_POLL_SECONDS:
                self.sync_offset()
        except requests.RequestException:
            pass  # ProcessGroup notices if the sandbox stops

    def handle_input(self, typed: str) -> None:
        """Move the clock if `typed` is a known key; otherwise print the prompt."""
        self.is_interactive = bool(typed)  # an empty string means end of input
        days = DAYS_BY_KEY.get(typed.strip().lower())
        print(self.advance(days) if days else CLOCK_PROMPT, flush=True)
