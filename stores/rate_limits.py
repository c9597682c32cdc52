"""Rate limits: enough requests a minute for an office behind one address, too few for guessing.

`settings.REQUESTS_PER_MINUTE` has the limit of each kind; 0 means no limit. Requests are counted in a table
that all processes share, with one write each. Once a client is over its limit, a process remembers that until
the window ends and refuses without a query.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from stores.errors import Problem
from stores.http import ShopRequest, client_ip, client_network
from stores.models import RequestCount

P = ParamSpec("P")
LimitedView = Callable[Concatenate[ShopRequest, P], HttpResponse]

WINDOW_SECONDS = 60
MAX_LOCAL_WINDOWS = 10_000

_INCREMENT = """
    INSERT INTO stores_requestcount (key, count, resets_at) VALUES (%(key)s, 1, %(next_reset)s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN stores_requestcount.resets_at <= %(now)s THEN 1
                     ELSE stores_requestcount.count + 1 END,
        resets_at = CASE WHEN stores_requestcount.resets_at <= %(now)s THEN excluded.resets_at
                         ELSE stores_requestcount.resets_at END
    RETURNING count, resets_at
"""


@dataclass(frozen=True)
class RateLimit:
    """What is left of a client's limit after a request."""

    kind: str
    limit: int  # 0: unlimited
    count: int = 0
    seconds_left: int = 0

    @property
    def is_exceeded(self) -> bool:
        return bool(self.limit) and self.count > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of draft-ietf-httpapi-ratelimit-headers, with `Retry-After` if exceeded."""
        if not self.limit:
            return {}
        left = max(0, self.limit - self.count)
        headers = {
            "RateLimit-Policy": f'"{self.kind}";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"{self.kind}";r={left};t={self.seconds_left}',
        }
        return headers | {"Retry-After": str(self.seconds_left)} if self.is_exceeded else headers


class TooManyRequests(Problem):
    """The client is over a limit. Says how long to wait."""

    def __init__(self, rate_limit: RateLimit) -> None:
        seconds = rate_limit.seconds_left
        message = ngettext(
            "Too many tries in a short time. Wait %(seconds)d second, then try again.",
            "Too many tries in a short time. Wait %(seconds)d seconds, then try again.",
            seconds,
        )
        super().__init__(
            message % {"seconds": seconds}, code="rate_limited", status=429, headers=rate_limit.headers
        )


class LocalWindows:
    """Windows that this process remembers. When too many are open, no more are, and none is forgotten."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, float]] = {}

    def read(self, key: str, now: float) -> tuple[int, float] | None:
        """Return the count and the end of the key's open window, or None."""
        window = self._windows.get(key)
        return window if window is not None and window[1] > now else None

    def write(self, key: str, count: int, resets_at: float, now: float) -> bool:
        """Remember the window. Return False if there is no room."""
        if key not in self._windows and len(self._windows) >= MAX_LOCAL_WINDOWS:
            self._windows = {key: window for key, window in self._windows.copy().items() if window[1] > now}
            if len(self._windows) >= MAX_LOCAL_WINDOWS:
                return False
        self._windows[key] = (count, resets_at)
        return True

    def clear(self) -> None:
        self._windows.clear()


exceeded_windows = LocalWindows()
local_windows = LocalWindows()


def limit_posts(kind: str, *, per_store: bool = True) -> Callable[[LimitedView[P]], LimitedView[P]]:
    """Limit the POSTs of an IP address to a view, per shop or over all hosts. Raises TooManyRequests."""

    def decorate(view: LimitedView[P]) -> LimitedView[P]:
        @wraps(view)
        def limited_view(request: ShopRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method == "POST":
                require_within_limit(request, kind, per_store=per_store)
            return view(request, *args, **kwargs)

        return limited_view

    return decorate


def require_within_limit(request: ShopRequest, kind: str, *, per_store: bool = True) -> None:
    """Count this request for its IP address. Raises TooManyRequests (429) over the limit."""
    scope = str(request.store.pk) if per_store else ""
    rate_limit = count_request(kind, client=find_client_network(request), scope=scope)
    if rate_limit.is_exceeded:
        raise TooManyRequests(rate_limit)


def is_within_limit(request: ShopRequest, kind: str) -> bool:
    """Count this request for its IP address and shop. Return False if it is over the limit."""
    client = find_client_network(request)
    return not count_request(kind, client=client, scope=str(request.store.pk)).is_exceeded


def is_within_local_limit(request: HttpRequest, kind: str) -> bool:
    """Count this request in this process only, without a query: for what costs less than a write."""
    limit, now = settings.REQUESTS_PER_MINUTE[kind], time.time()
    key = f"{kind}:{find_client_network(request)}"
    count, resets_at = local_windows.read(key, now) or (0, now + WINDOW_SECONDS)
    if not limit or count >= limit:
        return not limit
    return local_windows.write(key, count + 1, resets_at, now)


def count_request(kind: str, *, client: str, scope: str = "") -> RateLimit:
    """Count a request of `client` within `scope`. Return what is left of its limit."""
    limit = settings.REQUESTS_PER_MINUTE[kind]
    if not limit:
        return RateLimit(kind, 0)
    now = time.time()
    key = salted_hmac("stores.rate_limits", f"{kind}:{scope}:{client}").hexdigest()[:32]
    window = exceeded_windows.read(key, now)
    if window is None:
        window = _increment(key, now)
        if window[0] > limit:
            exceeded_windows.write(key, *window, now)
    count, resets_at = window
    return RateLimit(kind, limit, count, seconds_left=max(1, math.ceil(resets_at - now)))


def _increment(key: str, now: float) -> tuple[int, float]:
    """Count one more request in the key's window, or start a new one. One statement, so none is lost."""
    with connection.cursor() as cursor:
        cursor.execute(_INCREMENT, {"key": key, "now": now, "next_reset": now + WINDOW_SECONDS})
        ((count, resets_at),) = cursor.fetchall()
    return count, resets_at


def delete_old_request_counts() -> int:
    """Delete counts whose window has ended; return how many."""
    return RequestCount.objects.filter(resets_at__lt=time.time() - WINDOW_SECONDS).delete()[0]


def find_client_network(request: HttpRequest) -> str:
    """Return the network that counts as one client: an IPv4 address, or the /64 of an IPv6 address."""
    return client_network(client_ip(request))
