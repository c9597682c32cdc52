"""Cache for public pages, which are the same for everyone: no cookie, session, or form token."""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from stores.http import ShopRequest

P = ParamSpec("P")
ShopView = Callable[Concatenate[ShopRequest, P], HttpResponse]
# No page needs longer values; they would only fill the cache.
MAX_PARAMETER_LENGTH = 150
# With a prefix, a page may have as many parameters as it has filters.
MAX_PREFIXED_VALUES = 20


def cache_public_page(*parameters: str, prefix: str = "") -> Callable[[ShopView[P]], ShopView[P]]:
    """Cache a view for PUBLIC_PAGE_CACHE_SECONDS by host, path, language, and the named query `parameters`.

    With a `prefix`, parameters whose names begin with it count too, with all their values. The view sees no
    other query parameters. It may set `response.cache_seconds` to be cached for less time.
    A cached page costs no database query. Never use this for private pages.
    """

    def decorate(view: ShopView[P]) -> ShopView[P]:
        @require_safe
        @wraps(view)
        def wrapper(request: ShopRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            query = urlencode(_read_parameters(request.GET, parameters, prefix))
            request.GET = QueryDict(query)
            path = f"{request.path}?{query}" if query else request.path
            request.public_path = path  # type: ignore[attr-defined]
            key = _page_cache_key(
                request.get_host().lower(), request.scheme or "", path, get_language() or ""
            )
            cached = cache.get(key)
            if cached is None:
                cached = _to_cached_page(view(request, *args, **kwargs))
                if cached[3] > 0:
                    cache.set(key, cached, cached[3])
            return _to_http_response(cached)

        return wrapper

    return decorate


def _read_parameters(query: QueryDict, names: Iterable[str], prefix: str) -> list[tuple[str, str]]:
    """Return what a page depends on, in an order of its own, so that no page is cached twice."""
    named = [(name, value[:MAX_PARAMETER_LENGTH]) for name in sorted(names) if (value := query.get(name, ""))]
    prefixed = sorted(
        {
            (name, value[:MAX_PARAMETER_LENGTH])
            for name in query
            if prefix and name.startswith(prefix) and len(name) <= MAX_PARAMETER_LENGTH
            for value in query.getlist(name)
            if value
        }
    )
    return [*named, *prefixed[:MAX_PREFIXED_VALUES]]


def clear_page_cache(*, host: str) -> None:
    """Drop every cached page of a shop, now and once the current transaction is committed."""
    _start_cache_generation(host)
    # Until then, another request may render and cache a page from the old rows.
    transaction.on_commit(lambda: _start_cache_generation(host))


CachedPage = tuple[int, bytes, str, int]


def _to_cached_page(response: HttpResponse) -> CachedPage:
    longest: int = settings.PUBLIC_PAGE_CACHE_SECONDS
    seconds = min(longest, getattr(response, "cache_seconds", longest))
    return response.status_code, response.content, response.headers["Content-Type"], seconds


def _to_http_response(cached: CachedPage) -> HttpResponse:
    status, content, content_type, seconds = cached
    response = HttpResponse(content, content_type=content_type, status=status)
    response.headers["Cache-Control"] = f"public, max-age={max(seconds, 0)}"
    # The language comes from a cookie or the browser's preference.
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def _page_cache_key(host: str, *rest: str) -> str:
    digest = hashlib.sha256("\0".join([host, *rest]).encode()).hexdigest()
    return f"page:{_cache_generation(host)}:{digest}"


def _cache_generation(host: str) -> str:
    return str(cache.get(f"pages:{host}", ""))


def _start_cache_generation(host: str) -> None:
    """Make the pages cached so far unreachable. A random value, so that two clears at once both count."""
    cache.set(f"pages:{host}", secrets.token_hex(8), None)
