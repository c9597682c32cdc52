"""Base class of the client: makes calls, parses responses, reports outcomes and reads paged lists."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db import connection

from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.parsing import iter_objects
from nextcommerce.rate_limiter import RateLimiter
from nextcommerce.sentences import INVALID_RESPONSE
from nextcommerce.transport import Transport
from nextcommerce.turns import give_turn_back
from nextcommerce.waiting import wait_or_refuse

RequestBody = Mapping[str, Any]
FilterValue = str | int | bool | Sequence[str | int]
ParsedT = TypeVar("ParsedT")


class BaseClient:
    """Makes calls with one token. A `background` client waits longer and yields to shoppers' calls.

    With `max_seconds`, a call that takes longer fails, its wait for a turn included, and none is retried.
    `on_outcome` is called after each call with None for success, or with the error.
    """

    def __init__(
        self,
        *,
        base_url: str,
        token: str,
        background: bool = False,
        max_seconds: float | None = None,
        on_outcome: Callable[[NextApiError | None], None] = lambda _error: None,
    ) -> None:
        self.base_url = base_url
        self.token = token
        self.background = background
        self.max_seconds = max_seconds
        self._record_outcome = on_outcome
        self._transport: Transport | None = None

    def _request(
        self,
        method: str,
        url: str,
        *,
        parse: Callable[[Any], ParsedT | None],
        params: Mapping[str, Any] | None = None,
        body: RequestBody | None = None,
    ) -> ParsedT:
        """Make a call and return the parsed response.

        Raises NextApiError if the call fails or `parse` returns None, NoFreePlace if this thread may not wait
        for NEXT, and RuntimeError in a transaction.
        """
        if _is_in_transaction():
            raise RuntimeError("NEXT API call inside a transaction. Commit first.")
        give_turn_back()
        with wait_or_refuse(self.base_url, background=self.background):
            try:
                parsed = self._make_call(method, url, parse=parse, params=params, body=body)
            except NextApiError as error:
                self._record_outcome(error)
                raise
        self._record_outcome(None)
        return parsed

    def _make_call(
        self,
        method: str,
        url: str,
        *,
        parse: Callable[[Any], ParsedT | None],
        params: Mapping[str, Any] | None,
        body: RequestBody | None,
    ) -> ParsedT:
        if self._transport is None:
            self._transport = self._open_transport()
        parsed = parse(self._transport.send_request(method, url, params=params, body=body))
        if parsed is None:
            raise NextApiError(
                INVALID_RESPONSE.fill(),
                outcome=CallOutcome.RETRY if method == "GET" else CallOutcome.AMBIGUOUS,
            )
        return parsed

    def _open_transport(self) -> Transport:
        limiter = RateLimiter(token=self.token, background=self.background, max_wait=self.max_seconds)
        return Transport(
            base_url=self.base_url, token=self.token, limiter=limiter, max_seconds=self.max_seconds
        )

    def _iter_rows(
        self, path: str, filters: Mapping[str, FilterValue] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield the rows of every page of a list."""
        page = self._request("GET", path, params=_serialize_filters(filters or {}), parse=self._parse_page)
        seen: set[str] = set()
        while True:
            yield from (dict(row) for row in iter_objects(page["results"]))
            next_url = page.get("next")
            if not isinstance(next_url, str) or not next_url or next_url in seen:
                return
            seen.add(next_url)
            page = self._request("GET", next_url, parse=self._parse_page)

    def _parse_page(self, data: Any) -> dict[str, Any] | None:
        """Return the page, or None if it is invalid. A bare list counts as a page.

        Checks the `next` URL, so that the token is never sent to another address.
        """
        if isinstance(data, list):
            return {"results": data, "next": None}
        if not isinstance(data, dict) or not isinstance(data.get("results"), list):
            return None
        if self._transport is not None and isinstance(data.get("next"), str) and data["next"]:
            self._transport.check_url(data["next"])
        return data


def _is_in_transaction() -> bool:
    # As with Django's `durable`, ignore the transaction that a test case opens around each test.
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def _serialize_filters(filters: Mapping[str, FilterValue]) -> dict[str, Any]:
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in filters.items()}
