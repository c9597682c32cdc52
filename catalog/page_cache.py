"""Public pages: the same for everybody, kept whole for a moment, without cookie, session or form token."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse, QueryDict
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from stores.http import ShopRequest

P = ParamSpec("P")
ShopView = Callable[Concatenate[ShopRequest, P], HttpResponse]
# Longer values are of no use to any page and would only fill the cache.
MAX_PARAMETER_LENGTH = 150


def cache_public_page(*parameters: str) -> Callable[[ShopView[P]], ShopView[P]]:
    """Keep a view's answer for PUBLIC_PAGE_CACHE_SECONDS, for each host, path, language and given `parameters`.

    The view sees no other part of the query. It may set `response.cache_seconds` to be kept shorter.
    A page found again costs no query. Private pages are not for this.
    """

    def decorate(view: ShopView[P]) -> ShopView[P]:
        @require_safe
        @wraps(view)
        def shown(request: ShopRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            seen = {
                name: request.GET[name][:MAX_PARAMETER_LENGTH]
                for name in sorted(parameters)
                if request.GET.get(name)
            }
            query = urlencode(seen)
            request.GET = QueryDict(query)
            path = f"{request.path}?{query}" if query else request.path
            request.public_path = path  # type: ignore[attr-defined]
            key = _page_cache_key(
                request.get_host().lower(), request.scheme or "", path, get_language() or ""
            )
            kept = cache.get(key)
            if kept is None:
                kept = _to_cached_page(view(request, *args, **kwargs))
                if kept[3] > 0:
                    cache.set(key, kept, kept[3])
            return _to_http_response(kept)

        return shown

    return decorate


def clear_page_cache(*, host: str) -> None:
    """Drop every kept page of a shop, as after its link was closed."""
    cache.set(f"pages:{host}", _cache_generation(host) + 1, None)


CachedPage = tuple[int, bytes, str, int]


def _to_cached_page(response: HttpResponse) -> CachedPage:
    longest: int = settings.PUBLIC_PAGE_CACHE_SECONDS
    seconds = min(longest, getattr(response, "cache_seconds", longest))
    return response.status_code, response.content, response.headers["Content-Type"], seconds


def _to_http_response(kept: CachedPage) -> HttpResponse:
    status, content, content_type, seconds = kept
    response = HttpResponse(content, content_type=content_type, status=status)
    response.headers["Cache-Control"] = f"public, max-age={max(seconds, 0)}"
    # The language comes from a cookie or from what the browser prefers.
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def _page_cache_key(host: str, *rest: str) -> str:
    digest = hashlib.sha256("\0".join([host, *rest]).encode()).hexdigest()
    return f"page:{_cache_generation(host)}:{digest}"


def _cache_generation(host: str) -> int:
    return int(cache.get(f"pages:{host}", 0))
