"""What can go wrong with a call, as one error type."""

from enum import Enum


class CallOutcome(Enum):
    """What is known of a failed call."""

    REFUSED = "refused"  # the store said no: nothing happened, the same call will fail again
    RETRY = "retry"  # nothing happened, the same call may succeed later (429, no connection)
    AMBIGUOUS = "ambiguous"  # it may have happened: look before doing it again


class NextApiError(Exception):
    """A call that did not succeed.

    `message` is fit for staff and logs (no secret in it); `fields` maps a request field to the store's
    words about it; `status` is the HTTP status, None where no answer came.
    """

    def __init__(
        self,
        message: str,
        *,
        outcome: CallOutcome,
        status: int | None = None,
        fields: dict[str, list[str]] | None = None,
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.outcome = outcome
        self.status = status
        self.fields = fields or {}
        self.code = code  # payment_response_code, where the store gave one

    @property
    def is_refused(self) -> bool:
        return self.outcome is CallOutcome.REFUSED

    @property
    def is_ambiguous(self) -> bool:
        return self.outcome is CallOutcome.AMBIGUOUS
