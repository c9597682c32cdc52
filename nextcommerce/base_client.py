"""How a call to the admin API is made: outside of transactions, read at once, its outcome noted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db import connection

from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.rate_limiter import RateLimiter
from nextcommerce.schemas import iter_objects
from nextcommerce.transport import Transport

RequestBody = Mapping[str, Any]
FilterValue = str | int | bool | Sequence[str | int]
ParsedT = TypeVar("ParsedT")


class BaseClient:
    """Calls with one token. A `background` client waits long for its turn and yields to shoppers.

    `on_outcome` learns how each call ended: None after an answer, else the error.
    """

    def __init__(
        self,
        *,
        base_url: str,
        token: str,
        background: bool = False,
        on_outcome: Callable[[NextApiError | None], None] = lambda _error: None,
    ) -> None:
        self.base_url = base_url
        self.token = token
        self.background = background
        self._record_outcome = on_outcome
        self._transport: Transport | None = None

    def _request(
        self,
        method: str,
        url: str,
        *,
        read: Callable[[Any], ParsedT | None],
        params: Mapping[str, Any] | None = None,
        body: RequestBody | None = None,
    ) -> ParsedT:
        if _is_in_transaction():
            raise RuntimeError("A remote call inside a transaction: commit what is known first.")
        try:
            if self._transport is None:
                self._transport = self._open_transport()
            answer = read(self._transport.send_request(method, url, params=params, body=body))
            if answer is None:
                raise NextApiError(
                    "The store's answer makes no sense.",
                    outcome=CallOutcome.RETRY if method == "GET" else CallOutcome.AMBIGUOUS,
                )
        except NextApiError as error:
            self._record_outcome(error)
            raise
        self._record_outcome(None)
        return answer

    def _open_transport(self) -> Transport:
        limiter = RateLimiter(token=self.token, background=self.background)
        return Transport(base_url=self.base_url, token=self.token, limiter=limiter)

    def _iter_rows(
        self, path: str, filters: Mapping[str, FilterValue] | None = None
    ) -> Iterator[dict[str, Any]]:
        page = self._request("GET", path, params=_serialize_filters(filters or {}), read=self._parse_page)
        seen: set[str] = set()
        while True:
            yield from (dict(row) for row in iter_objects(page["results"]))
            following = page.get("next")
            if not isinstance(following, str) or not following or following in seen:
                return
            seen.add(following)
            page = self._request("GET", following, read=self._parse_page)

    def _parse_page(self, data: Any) -> dict[str, Any] | None:
        """A page; a bare list is one too. Its `next` is pinned before the token goes there."""
        if isinstance(data, list):
            return {"results": data, "next": None}
        if not isinstance(data, dict) or not isinstance(data.get("results"), list):
            return None
        if self._transport is not None and isinstance(data.get("next"), str) and data["next"]:
            self._transport.check_url(data["next"])
        return data


def _is_in_transaction() -> bool:
    # As with Django's own `durable`, the blocks a test case wraps itself in do not count.
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def _serialize_filters(filters: Mapping[str, FilterValue]) -> dict[str, Any]:
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in filters.items()}
