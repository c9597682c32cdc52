"""View decorators: private pages, and POSTs that need no form token."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from stores.csrf import has_form_token, is_same_origin
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


def require_same_origin_post(view: DecoratedView[R, P]) -> DecoratedView[R, P]:
    """Accept only POSTs from our own pages, judged by the browser's headers, or else by the form token.

    For pages that are cached and the same for everyone, and for those whose address is the secret. Raises
    Problem (403) for POSTs from elsewhere.
    """

    @csrf_exempt
    @require_POST
    @wraps(view)
    def guarded_view(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        verdict = is_same_origin(request)
        if verdict is False:
            raise Problem(
                _("We couldn't confirm that this came from our page. Go back, reload, and try again."),
                code="forbidden",
                status=403,
            )
        if verdict is None and not has_form_token(request):
            raise Problem(
                _(
                    "Your browser hides which page this came from. Allow it to tell this shop, "
                    "or use another browser, then try again."
                ),
                code="forbidden",
                status=403,
            )
        return view(request, *args, **kwargs)

    return guarded_view
