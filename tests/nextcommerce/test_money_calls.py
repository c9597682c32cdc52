"""A call that moves money is repeated only if it certainly never left."""

import datetime

import pytest

from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.money_calls import delay_before_check, send_once, silence_after
from nextcommerce.sentences import QUOTED

NEVER_SENT = NextApiError(QUOTED.fill(text="No connection."), outcome=CallOutcome.RETRY)


def calls_that_end_with(*outcomes):
    """Return a function whose calls end so, one after the other, and the list of calls made."""
    made = []

    def call():
        outcome = outcomes[len(made)]
        made.append(outcome)
        if isinstance(outcome, NextApiError):
            raise outcome
        return outcome

    return call, made


def test_call_that_never_left_is_made_once_more():
    call, made = calls_that_end_with(NEVER_SENT, "done")
    assert send_once(call) == "done"
    assert len(made) == 2


def test_it_is_not_made_a_third_time():
    call, made = calls_that_end_with(NEVER_SENT, NEVER_SENT, "done")
    with pytest.raises(NextApiError):
        send_once(call)
    assert len(made) == 2


@pytest.mark.parametrize(
    "error",
    [
        NextApiError(QUOTED.fill(text="Throttled."), outcome=CallOutcome.RETRY, status=429),
        NextApiError(QUOTED.fill(text="Bad."), outcome=CallOutcome.REFUSED, status=400),
        NextApiError(QUOTED.fill(text="Gone."), outcome=CallOutcome.REFUSED, status=404),
        NextApiError(QUOTED.fill(text="Error."), outcome=CallOutcome.AMBIGUOUS, status=503),
        NextApiError(QUOTED.fill(text="Lost."), outcome=CallOutcome.AMBIGUOUS),
    ],
    ids=["429", "400", "404", "503", "lost"],
)
def test_answered_or_lost_call_is_never_repeated(error):
    """S33: whatever the status code, NEXT may have done it."""
    call, made = calls_that_end_with(error, "done")
    with pytest.raises(NextApiError):
        send_once(call)
    assert len(made) == 1


def test_silence_is_longer_after_a_lost_call_than_after_a_refusal():
    refused = NextApiError(QUOTED.fill(text="Bad."), outcome=CallOutcome.REFUSED, status=400)
    throttled = NextApiError(QUOTED.fill(text="Throttled."), outcome=CallOutcome.RETRY, status=429)
    assert silence_after(refused) == datetime.timedelta(seconds=30)
    lost = NextApiError(QUOTED.fill(text="Lost."), outcome=CallOutcome.AMBIGUOUS)
    assert silence_after(throttled) == datetime.timedelta(seconds=30)
    assert silence_after(lost) == datetime.timedelta(minutes=3)
    assert silence_after(None) == datetime.timedelta(days=1)


def test_checks_become_rarer():
    assert [delay_before_check(count).total_seconds() for count in (0, 1, 8, 99)] == [2, 5, 600, 600]
