"""Calls that move money: create, refund, cancel, upsell. Each is made once; a check says whether it happened.

The Admin API has no idempotency keys. A proxy may answer for NEXT, the network may deliver a call twice, and
a read may be older than the write before it. So no status code is believed:

| state        | meaning                                            | what ends it                       |
| ------------ | -------------------------------------------------- | ---------------------------------- |
| written down | a row is committed before the call                 | the call is sent, once             |
| never sent   | our limits or settings, or no connection           | it may be sent again               |
| in doubt     | any answer, even a success, until a check shows it | a check that shows it, or silence  |
| done         | the refunded sum rose; the line or order is there  | nothing; more than asked: a review |
| not made     | checks have shown nothing during the silence       | staff are told if it shows up      |

Any check ends the doubt: from a page, a webhook, or the reconciler, which checks at growing intervals.
"""

import datetime
from collections.abc import Callable
from typing import TypeVar

from nextcommerce.errors import NextApiError

ResultT = TypeVar("ResultT")

# How long NEXT must show nothing before a call counts as not made. A refusal says why nothing will come. A
# lost call may still arrive. A confirmed call should show up, however long NEXT takes to show it.
SILENCE_AFTER_REFUSAL = datetime.timedelta(seconds=30)
SILENCE_AFTER_LOSS = datetime.timedelta(minutes=3)
SILENCE_AFTER_SUCCESS = datetime.timedelta(days=1)
# Seconds until the next check. The last delay repeats.
CHECK_DELAYS_SECONDS = (2, 5, 10, 20, 40, 60, 120, 300, 600)


def send_once(call: Callable[[], ResultT]) -> ResultT:
    """Make the call, and once more if the first try certainly never left.

    Raises NextApiError. Unless `was_never_sent`, the call is then in doubt.
    """
    try:
        return call()
    except NextApiError as error:
        if not error.was_never_sent:
            raise
    return call()


def silence_after(error: NextApiError | None) -> datetime.timedelta:
    """Return how long NEXT must show nothing of a call that was answered so. None is a success."""
    if error is None:
        return SILENCE_AFTER_SUCCESS
    is_refusal = error.is_refused or error.status == 429
    return SILENCE_AFTER_REFUSAL if is_refusal else SILENCE_AFTER_LOSS


def delay_before_check(check_count: int) -> datetime.timedelta:
    """Return how long to wait after `check_count` checks that showed nothing."""
    last = len(CHECK_DELAYS_SECONDS) - 1
    return datetime.timedelta(seconds=CHECK_DELAYS_SECONDS[min(check_count, last)])
