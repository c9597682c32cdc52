"""A call is repeated only if it is known to have done nothing."""

import pytest

from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.retries import call_with_retry


def calls_that_end_with(*outcomes):
    """Return a function whose calls end so, one after the other, and the list of calls made."""
    made = []

    def call():
        outcome = outcomes[len(made)]
        made.append(outcome)
        if isinstance(outcome, CallOutcome):
            raise NextApiError("No.", outcome=outcome)
        return outcome

    return call, made


def test_a_call_that_had_no_effect_is_made_once_more():
    call, made = calls_that_end_with(CallOutcome.RETRY, "done")
    assert call_with_retry(call) == "done"
    assert made == [CallOutcome.RETRY, "done"]


def test_it_is_not_made_a_third_time():
    call, made = calls_that_end_with(CallOutcome.RETRY, CallOutcome.RETRY, "done")
    with pytest.raises(NextApiError):
        call_with_retry(call)
    assert len(made) == 2


@pytest.mark.parametrize("outcome", [CallOutcome.AMBIGUOUS, CallOutcome.REFUSED])
def test_a_call_in_doubt_or_refused_is_never_repeated(outcome):
    call, made = calls_that_end_with(outcome, "done")
    with pytest.raises(NextApiError):
        call_with_retry(call)
    assert len(made) == 1
