"""The error type for mistakes a caller can fix.

`stores.middleware.ProblemMiddleware` turns it into a page, `stores.api.errors` into JSON.
"""

from collections.abc import Mapping

from django.utils.functional import Promise

from nextcommerce.sentences import QUOTED
from wording.sentence import Sentence


class Problem(Exception):
    """An error the caller can fix. `message` tells a person what to do next.

    `sentence` is the message as a row stores it: a `Sentence`, if it was raised with one, is worded for each
    reader; any other text stays in the language it was raised in.

    `code` is the API's `error_code` (R6, X17), `status` the HTTP status, `field` the invalid input, and
    `headers` those of the response.
    """

    def __init__(
        self,
        message: str | Promise | Sentence,
        *,
        code: str = "invalid_request_error",
        status: int = 400,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = str(message)
        self.sentence = message if isinstance(message, Sentence) else QUOTED.fill(text=self.message)
        self.code = code
        self.status = status
        self.field = field
        self.headers = dict(headers or {})


class NotFound(Problem):
    """The requested object does not exist or belongs to someone else."""

    def __init__(self, message: str | Promise | Sentence, *, code: str = "resource_not_found") -> None:
        super().__init__(message, code=code, status=404)


class Conflict(Problem):
    """The object has changed in the meantime, or its state does not allow the action."""

    def __init__(
        self, message: str | Promise | Sentence, *, code: str = "conflict", field: str | None = None
    ) -> None:
        super().__init__(message, code=code, status=409, field=field)
