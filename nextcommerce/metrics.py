"""What is counted while it happens; everything else is read from the database (`config.metrics`).

Several processes add up where PROMETHEUS_MULTIPROC_DIR names a folder for them.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram

from nextcommerce.errors import NextApiError

API_CALLS = Counter(
    "shop_next_api_calls", "Calls of the stores' admin APIs, by how they ended", ["method", "outcome"]
)
API_CALL_SECONDS = Histogram(
    "shop_next_api_call_seconds",
    "How long a call took, its turn included",
    ["method"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
API_TURN_SECONDS = Histogram(
    "shop_next_api_turn_seconds",
    "How long a call waited for its turn within the store's limit",
    ["lane"],
    buckets=(0.01, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)


@contextmanager
def track_api_call(method: str) -> Iterator[None]:
    """Count one call: `ok`, or the outcome of its AdminApiError."""
    began = time.monotonic()
    outcome = "ok"
    try:
        yield
    except NextApiError as error:
        outcome = error.outcome.value
        raise
    finally:
        API_CALLS.labels(method, outcome).inc()
        API_CALL_SECONDS.labels(method).observe(time.monotonic() - began)
