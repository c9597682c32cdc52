"""Requests that are too large are refused by what they declare, before any of their body is read."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from stores.api.errors import build_error_envelope
from stores.errors import Problem
from stores.middleware import GetResponse, render_problem


def has_declared_size_over(request: HttpRequest, limit: int) -> bool:
    """Return True if the request says that its body is larger than `limit` bytes."""
    return read_declared_size(request) > limit


def read_declared_size(request: HttpRequest) -> int:
    """Return the Content-Length, or 0 if it is missing or invalid, as Django takes it."""
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


def is_streamed(request: HttpRequest) -> bool:
    """Return True for a body without a length, of which Django would read nothing."""
    is_chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    return is_chunked and not request.META.get("CONTENT_LENGTH")


class RequestSizeMiddleware:
    """Refuses forms over `DATA_UPLOAD_MAX_MEMORY_SIZE`, with files, and bodies of unknown length.

    Signed-in staff may upload more. The API and the webhooks have limits and answers of their own.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if is_streamed(request):
            return refuse_streamed_body(request, is_api=hasattr(view, "cls"))
        if getattr(view, "limits_its_body", False) or hasattr(view, "cls"):
            return None
        if not has_declared_size_over(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
            return None
        if is_admin_upload(request) and not has_declared_size_over(request, settings.STAFF_UPLOAD_MAX_SIZE):
            return None
        text = _("That's more than we can accept at once. Go back and send less.")
        return render_problem(request, Problem(text, code="request_too_large", status=413))


def refuse_streamed_body(request: HttpRequest, *, is_api: bool) -> HttpResponse:
    """Return the 411 response, as JSON for the API."""
    text = _("We can't read a request of unknown length. Send it with a Content-Length.")
    if is_api:
        return JsonResponse(build_error_envelope(411, text, error_code="length_required"), status=411)
    return render_problem(request, Problem(text, code="length_required", status=411))


def is_admin_upload(request: HttpRequest) -> bool:
    """Return True if signed-in staff send something to the admin."""
    match = request.resolver_match
    return match is not None and "admin" in match.app_names and request.user.is_staff
