"""Waiting for what another request or process is about to write."""

import time
from collections.abc import Callable, Sequence

from django.db.models import Model

from nextcommerce.turns import give_turn_back

POLL_SECONDS = 0.2
# A double click waits this long for the answer to the first click.
WAIT_SECONDS = 12.0


def wait_while(is_waiting: Callable[[], bool], row: Model, *, fields: Sequence[str]) -> None:
    """Reload `fields` of the row until `is_waiting()` is False, for at most WAIT_SECONDS."""
    until = time.monotonic() + WAIT_SECONDS
    while is_waiting() and time.monotonic() < until:
        give_turn_back()
        time.sleep(POLL_SECONDS)
        row.refresh_from_db(fields=fields)
