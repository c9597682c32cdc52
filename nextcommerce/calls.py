"""How a call to the admin API is made: outside of transactions, read at once, its outcome noted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from django.db import connection
from django.utils import timezone

from nextcommerce.errors import AdminApiError, Outcome
from nextcommerce.rate_limiter import Limiter
from nextcommerce.schemas import objects
from nextcommerce.transport import Transport
from stores.models import Store

Body = Mapping[str, Any]
Filter = str | int | bool | Sequence[str | int]
Parsed = TypeVar("Parsed")

_ONCE_A_MINUTE = timedelta(minutes=1)


class Calls:
    """Calls for one store; `background` waits long and yields to shoppers."""

    def __init__(self, store: Store, *, background: bool = False) -> None:
        self.store = store
        self.background = background
        self._transport: Transport | None = None

    def _call(
        self,
        method: str,
        url: str,
        *,
        read: Callable[[Any], Parsed | None],
        params: Mapping[str, Any] | None = None,
        body: Body | None = None,
    ) -> Parsed:
        if _in_transaction():
            raise RuntimeError("A remote call inside a transaction: commit what is known first.")
        try:
            if self._transport is None:
                self._transport = self._open()
            answer = read(self._transport.exchange(method, url, params=params, body=body))
            if answer is None:
                raise AdminApiError(
                    "The store's answer makes no sense.",
                    outcome=Outcome.RETRY if method == "GET" else Outcome.AMBIGUOUS,
                )
        except AdminApiError as error:
            self._note(error)
            raise
        self._note(None)
        return answer

    def _open(self) -> Transport:
        limiter = Limiter(token=self.store.access_token, background=self.background)
        return Transport(base_url=self.store.admin_api_url, token=self.store.access_token, limiter=limiter)

    def _pages(self, path: str, filters: Mapping[str, Filter] | None = None) -> Iterator[dict[str, Any]]:
        page = self._call("GET", path, params=_plain(filters or {}), read=self._read_page)
        seen: set[str] = set()
        while True:
            yield from (dict(row) for row in objects(page["results"]))
            following = page.get("next")
            if not isinstance(following, str) or not following or following in seen:
                return
            seen.add(following)
            page = self._call("GET", following, read=self._read_page)

    def _read_page(self, data: Any) -> dict[str, Any] | None:
        """A page; a bare list is one too. Its `next` is pinned before the token goes there."""
        if isinstance(data, list):
            return {"results": data, "next": None}
        if not isinstance(data, dict) or not isinstance(data.get("results"), list):
            return None
        if self._transport is not None and isinstance(data.get("next"), str) and data["next"]:
            self._transport.pin(data["next"])
        return data

    def _note(self, error: AdminApiError | None) -> None:
        """Keep when the store was last heard from, or what failed: each at most once a minute."""
        now = timezone.now()
        if error is None or (error.refused and error.status not in {None, 401, 403, 404}):
            last = self.store.last_heard_at
            if last is None or now - last >= _ONCE_A_MINUTE:
                self.store.last_heard_at = now
                Store.objects.filter(pk=self.store.pk).update(last_heard_at=now)
            return
        last, words = self.store.last_failure_at, error.message[:300]
        if last is None or now - last >= _ONCE_A_MINUTE or self.store.last_failure != words:
            self.store.last_failure_at, self.store.last_failure = now, words
            Store.objects.filter(pk=self.store.pk).update(last_failure_at=now, last_failure=words)


def _in_transaction() -> bool:
    # As with Django's own `durable`, the blocks a test case wraps itself in do not count.
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def _plain(filters: Mapping[str, Filter]) -> dict[str, Any]:
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in filters.items()}
