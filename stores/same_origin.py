"""POSTs from our own pages without a form token, for pages that are the same for everybody."""

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
SameOriginView = Callable[Concatenate[R, P], HttpResponse]


def is_same_origin(request: HttpRequest) -> bool:
    """Tell whether the browser says that a page of this very host sent the request.

    `Sec-Fetch-Site` cannot be set by a page; `Origin` is what older browsers send with every POST.
    Whatever says nothing is not believed.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site != "same-origin":
        return False
    if origin is not None:
        parts = urlsplit(origin)
        return (parts.scheme, parts.netloc) == (request.scheme, request.get_host())
    return site == "same-origin"


def require_same_origin_post(view: SameOriginView[R, P]) -> SameOriginView[R, P]:
    """Let only POSTs of our own pages in, by what the browser says instead of a form token.

    Errors: Problem 403.
    """

    @csrf_exempt
    @require_POST
    @wraps(view)
    def guarded(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_same_origin(request):
            raise Problem(
                _("Your browser did not say that this came from our page. Go back, reload and try again."),
                code="forbidden",
                status=403,
            )
        return view(request, *args, **kwargs)

    return guarded
