"""What a check of a store finds: a state, and a sentence on what is wrong."""

import enum
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext_lazy

from checkout.models import ShippingMethod, WebhookEvent
from stores.models import Store, StoreHealth
from stores.next_settings import NextSettings


class StepState(enum.StrEnum):
    """How far a step is. Only `DONE` means that a purchase gets past it."""

    DONE = "done"
    TODO = "todo"
    PROBLEM = "problem"

    @property
    def label(self) -> object:
        return _STATE_LABELS[self]


_STATE_LABELS = {
    StepState.DONE: gettext_lazy("Done"),
    StepState.TODO: gettext_lazy("To do"),
    StepState.PROBLEM: gettext_lazy("Needs attention"),
}


@dataclass(frozen=True)
class Finding:
    """The state of a step as a sentence, and what else staff should know."""

    state: StepState
    text: str
    notes: tuple[str, ...] = ()


def done(text: str, *notes: str) -> Finding:
    return Finding(StepState.DONE, text, notes)


def todo(text: str, *notes: str) -> Finding:
    return Finding(StepState.TODO, text, notes)


def problem(text: str, *notes: str) -> Finding:
    return Finding(StepState.PROBLEM, text, notes)


class CheckedStore:
    """A store with what its checks share, each read once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.health = StoreHealth.find(store)
        self.settings = NextSettings.from_json(self.health.next_settings)

    @property
    def was_read(self) -> bool:
        """Return True if NEXT answered at least one check."""
        return self.health.read_at is not None

    @cached_property
    def shipping_methods(self) -> list[ShippingMethod]:
        """The methods that shoppers may choose, with prices loaded."""
        return list(self.store.shipping_methods.filter(is_public=True).prefetch_related("prices"))

    @cached_property
    def last_event(self) -> WebhookEvent | None:
        """The newest event that NEXT sent and that is still stored."""
        events = WebhookEvent.objects.filter(store=self.store).only("received_at", "event_type")
        return events.order_by("-received_at").first()
