"""The one error type for what a caller did wrong.

`stores.middleware.ProblemMiddleware` turns it into a page, `stores.api.errors` into JSON.
"""


class Problem(Exception):
    """Something the caller can put right. `message` tells a person what to do next.

    `code` is the API's `error_code` (R6, X17), `status` the HTTP status, `field` the input it is about.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "invalid_request_error",
        status: int = 400,
        field: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = str(message)
        self.code = code
        self.status = status
        self.field = field


class NotFound(Problem):
    """The thing asked for is not there, or not the caller's."""

    def __init__(self, message: str, *, code: str = "resource_not_found") -> None:
        super().__init__(message, code=code, status=404)


class Conflict(Problem):
    """The thing changed meanwhile, or its state does not allow this."""

    def __init__(self, message: str, *, code: str = "conflict", field: str | None = None) -> None:
        super().__init__(message, code=code, status=409, field=field)
