"""Pages of one shopper: kept by no cache, and their address told to nobody."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)


def private_page(
    view: Callable[Concatenate[R, P], HttpResponse],
) -> Callable[Concatenate[R, P], HttpResponse]:
    """Let a view's answers be stored nowhere, and its address be sent to no other page (S27).

    A browser under `no-referrer` posts with a null Origin, which the form-token check refuses: a view
    whose page has a form sets `strict-origin` itself (`keep_origin`), which tells the host alone.
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
    """Let a page with a form send its host, and no path, along."""
    response.headers["Referrer-Policy"] = "strict-origin"
    return response
