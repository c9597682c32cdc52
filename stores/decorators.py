"""View decorators: private pages, and POSTs that need no form token."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from stores.errors import Problem

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
DecoratedView = Callable[Concatenate[R, P], HttpResponse]


def private_page(view: DecoratedView[R, P]) -> DecoratedView[R, P]:
    """Keep a page out of caches and search engines, and its URL out of the Referer header (S27).

    With `no-referrer` a browser posts a null Origin, which the CSRF check rejects. A view whose page has a
    form therefore calls `allow_origin_referrer`, which sends the host but not the path.
    """

    @wraps(view)
    def private_view(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers.setdefault("X-Robots-Tag", "noindex")
        return response

    return private_view


def allow_origin_referrer(response: HttpResponse) -> HttpResponse:
    """Let a page with a form send its host, but not its path, with the POST."""
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


def is_same_origin(request: HttpRequest) -> bool:
    """Return True if the browser says that the request comes from a page on this host.

    A page cannot set `Sec-Fetch-Site`; older browsers send `Origin` with every POST instead. A request with
    neither header is not trusted.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site != "same-origin":
        return False
    if origin is not None:
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return (parts.scheme, parts.netloc) == (request.scheme, request.get_host())
    return site == "same-origin"


def require_same_origin_post(view: DecoratedView[R, P]) -> DecoratedView[R, P]:
    """Accept only POSTs from our own pages, judged by the browser's headers instead of a form token.

    For pages that are cached and the same for everyone. Raises Problem (403) for other origins.
    """

    @csrf_exempt
    @require_POST
    @wraps(view)
    def guarded_view(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_same_origin(request):
            raise Problem(
                _("We couldn't confirm that this came from our page. Go back, reload, and try again."),
                code="forbidden",
                status=403,
            )
        return view(request, *args, **kwargs)

    return guarded_view
