"""The error type for mistakes a caller can fix.

`stores.middleware.ProblemMiddleware` turns it into a page, `stores.api.errors` into JSON.
"""

from collections.abc import Mapping


class Problem(Exception):
    """An error the caller can fix. `message` tells a person what to do next.

    `code` is the API's `error_code` (R6, X17), `status` the HTTP status, `field` the invalid input, and
    `headers` those of the response.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "invalid_request_error",
        status: int = 400,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = str(message)
        self.code = code
        self.status = status
        self.field = field
        self.headers = dict(headers or {})


class NotFound(Problem):
    """The requested object does not exist or belongs to someone else."""

    def __init__(self, message: str, *, code: str = "resource_not_found") -> None:
        super().__init__(message, code=code, status=404)


class Conflict(Problem):
    """The object has changed in the meantime, or its state does not allow the action."""

    def __init__(self, message: str, *, code: str = "conflict", field: str | None = None) -> None:
        super().__init__(message, code=code, status=409, field=field)
