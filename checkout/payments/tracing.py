"""Spans of a payment: its order, its start, each check with NEXT, and its settlement."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from checkout.models import PaymentIntent
from nextcommerce.tracing import is_tracing, record_span, trace_span

P = ParamSpec("P")
PaymentStep = Callable[P, PaymentIntent]


class HasIntent(Protocol):
    """The result of placing an order."""

    @property
    def intent(self) -> PaymentIntent: ...


AttemptT = TypeVar("AttemptT", bound=HasIntent)


def _read_outcome(intent: PaymentIntent) -> dict[str, str | int]:
    """Return what is already loaded of the intent's outcome: a span costs no query."""
    loaded = vars(intent)
    return {
        "status": str(loaded.get("status", "")),
        "next_order": loaded.get("next_order_number") or "",
    }


def trace_payment(name: str) -> Callable[[PaymentStep[P]], PaymentStep[P]]:
    """Record a span for each call of a function that takes an `intent` and returns it as it is afterward."""

    def decorate(step: PaymentStep[P]) -> PaymentStep[P]:
        @wraps(step)
        def traced_step(*args: P.args, **kwargs: P.kwargs) -> PaymentIntent:
            given: Any = kwargs.get("intent", args[0] if args else None)
            if not is_tracing():
                return step(*args, **kwargs)
            ids = {"payment_intent": given.pk, "store": given.store_id}
            source = str(kwargs.get("source", ""))
            with trace_span(name, order_id=given.order_id, **ids, source=source) as found:
                intent = step(*args, **kwargs)
                found |= _read_outcome(intent)
            return intent

        return traced_step

    return decorate


def trace_placement(place: Callable[P, AttemptT]) -> Callable[P, AttemptT]:
    """Record a span for each call of a function that places an order."""

    @wraps(place)
    def traced_placement(*args: P.args, **kwargs: P.kwargs) -> AttemptT:
        started_ns = time.time_ns()
        attempt = place(*args, **kwargs)
        if is_tracing():
            intent = attempt.intent
            record_span(
                "checkout.place_order",
                order_id=intent.order_id,
                started_ns=started_ns,
                payment_intent=intent.pk,
                store=str(intent.store_id),
            )
        return attempt

    return traced_placement
