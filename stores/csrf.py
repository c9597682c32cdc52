"""Which page a POST comes from, and the form token where the browser doesn't say.

Browsers send `Sec-Fetch-Site`, which no page can set, and `Origin`. Privacy settings and extensions make the
latter `null`, or hide both.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware


def is_same_origin(request: HttpRequest) -> bool | None:
    """Return whether the request comes from a page on this host, or None if the browser doesn't say."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in (None, "same-origin"):
        return False
    if origin in (None, "null"):
        return True if site else None
    return origin == f"{request.scheme}://{request.get_host()}"


def has_form_token(request: HttpRequest) -> bool:
    """Return True if the POST has the form token that matches this browser's cookie."""
    return _TokenCheck(_no_response).process_view(request, _no_response, (), {}) is None


class CsrfMiddleware(CsrfViewMiddleware):
    """Django's check of form tokens, for browsers that hide their origin as well.

    A POST without `Origin` and `Referer` is judged by its token, which no other site can read, and whose
    cookie (`__Host-…`) no other host can set.
    """

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.headers["Origin"] == "null":
            return is_same_origin(request) is not False
        return super()._origin_verified(request)  # type: ignore[misc]

    def _check_referer(self, request: HttpRequest) -> None:
        verdict = is_same_origin(request)
        if verdict or (verdict is None and "Referer" not in request.headers):
            return
        super()._check_referer(request)  # type: ignore[misc]


class _TokenCheck(CsrfMiddleware):
    """Tells the reason of a refusal without rendering a page."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _no_response(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
