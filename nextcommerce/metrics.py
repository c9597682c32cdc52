"""Prometheus metrics counted during calls; `config.metrics` reads all others from the database.

Set PROMETHEUS_MULTIPROC_DIR to add up several processes.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram

from nextcommerce.errors import NextApiError

API_CALLS = Counter(
    "shop_next_api_calls", "Calls to the NEXT Commerce Admin API, by outcome", ["method", "outcome"]
)
API_CALL_SECONDS = Histogram(
    "shop_next_api_call_seconds",
    "Duration of a call, including the wait for the rate limit",
    ["method"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
API_TURN_SECONDS = Histogram(
    "shop_next_api_turn_seconds",
    "How long a call waited for the rate limit",
    ["lane"],
    buckets=(0.01, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)


@contextmanager
def track_api_call(method: str) -> Iterator[None]:
    """Count one call as `ok` or as the outcome of its NextApiError, and time it."""
    started = time.monotonic()
    outcome = "ok"
    try:
        yield
    except NextApiError as error:
        outcome = error.outcome.value
        raise
    finally:
        API_CALLS.labels(method, outcome).inc()
        API_CALL_SECONDS.labels(method).observe(time.monotonic() - started)
