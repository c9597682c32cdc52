"""Retrying calls that are known to have done nothing."""

from collections.abc import Callable
from typing import TypeVar

from nextcommerce.errors import CallOutcome, NextApiError

ResultT = TypeVar("ResultT")


def call_with_retry(call: Callable[[], ResultT]) -> ResultT:
    """Make the call, and once more if the first try certainly had no effect.

    Raises NextApiError. For calls that move money: one whose outcome is in doubt is never repeated.
    """
    try:
        return call()
    except NextApiError as error:
        if error.outcome is not CallOutcome.RETRY:
            raise
    return call()
