"""The error type for failed calls, and what is known about the outcome."""

from enum import Enum

from wording.sentence import Sentence


class CallOutcome(Enum):
    """What is known about a failed call."""

    REFUSED = "refused"  # NEXT said no: nothing happened, and the same call will fail again
    RETRY = "retry"  # nothing happened; the same call may succeed later (429, no connection)
    AMBIGUOUS = "ambiguous"  # it may have happened: check before calling again


class NextApiError(Exception):
    """A failed call.

    `message` can be shown to staff and stored; it holds no secret. `str()` of the error is its English, for
    logs. `fields` maps request fields to NEXT's messages about them. `status` is the HTTP status, or None
    without a response.
    """

    def __init__(
        self,
        message: Sentence,
        *,
        outcome: CallOutcome,
        status: int | None = None,
        fields: dict[str, list[str]] | None = None,
        code: str = "",
    ) -> None:
        super().__init__(message.in_english())
        self.message = message
        self.outcome = outcome
        self.status = status
        self.fields = fields or {}
        self.code = code  # NEXT's payment_response_code, if any

    @property
    def is_refused(self) -> bool:
        return self.outcome is CallOutcome.REFUSED

    @property
    def was_never_sent(self) -> bool:
        """True if a write certainly never left: no connection, our own limit, or our settings stopped it."""
        return self.status is None and not self.is_ambiguous

    @property
    def is_ambiguous(self) -> bool:
        return self.outcome is CallOutcome.AMBIGUOUS
