"""How a call to the admin API is made: outside of transactions, read at once, its outcome noted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from django.db import connection
from django.utils import timezone

from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.rate_limiter import RateLimiter
from nextcommerce.schemas import iter_objects
from nextcommerce.transport import Transport
from stores.models import Store

RequestBody = Mapping[str, Any]
FilterValue = str | int | bool | Sequence[str | int]
ParsedT = TypeVar("ParsedT")

_ONCE_A_MINUTE = timedelta(minutes=1)


class BaseClient:
    """Calls for one store; `background` waits long and yields to shoppers."""

    def __init__(self, store: Store, *, background: bool = False) -> None:
        self.store = store
        self.background = background
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
        limiter = RateLimiter(token=self.store.access_token, background=self.background)
        return Transport(base_url=self.store.next_api_url, token=self.store.access_token, limiter=limiter)

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

    def _record_outcome(self, error: NextApiError | None) -> None:
        """Keep when the store was last heard from, or what failed: each at most once a minute."""
        now = timezone.now()
        if error is None or (error.is_refused and error.status not in {None, 401, 403, 404}):
            last = self.store.last_response_at
            if last is None or now - last >= _ONCE_A_MINUTE:
                self.store.last_response_at = now
                Store.objects.filter(pk=self.store.pk).update(last_response_at=now)
            return
        last, words = self.store.last_failure_at, error.message[:300]
        if last is None or now - last >= _ONCE_A_MINUTE or self.store.last_failure_message != words:
            self.store.last_failure_at, self.store.last_failure_message = now, words
            Store.objects.filter(pk=self.store.pk).update(last_failure_at=now, last_failure_message=words)


def _is_in_transaction() -> bool:
    # As with Django's own `durable`, the blocks a test case wraps itself in do not count.
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def _serialize_filters(filters: Mapping[str, FilterValue]) -> dict[str, Any]:
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in filters.items()}
