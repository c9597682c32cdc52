"""Finds the page of an address that was pasted with what stood behind it, or typed with a slash."""

import unicodedata
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve

# A slash, and the punctuation that ends a sentence, a quotation, or a Markdown link.
_TRAILING = "/.,;:!?…*_'\"’”»›)]}>"
# Their addresses take anything and answer by themselves.
_EXACT = ("/admin/", "/media/", "/pay/")


class HttpResponseKeepingMethodRedirect(HttpResponseRedirect):
    """A redirect that is followed with the same method and body, as a program's POST needs."""

    status_code = 308


class MistypedPathMiddleware:
    """Redirects a path that is not found to the same one without its last characters, if a page has it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 404:
            return response
        meant = find_meant_path(request.path)
        if meant is None:
            return response
        query = request.META.get("QUERY_STRING", "")
        redirect = HttpResponseKeepingMethodRedirect(f"{meant}?{query}" if query else meant)
        # The same address may become a page one day.
        redirect.headers["Cache-Control"] = "no-store"
        return redirect


def find_meant_path(path: str) -> str | None:
    """Return the path without the characters that no path ends with, or None if that is no page."""
    if path.startswith(_EXACT):
        return None
    if path.startswith("/v1/"):
        meant = path.removesuffix("/")  # programs don't copy from sentences
    else:
        seen = "".join(character for character in path if unicodedata.category(character) not in {"Cf", "Cc"})
        meant = seen.strip().rstrip(_TRAILING).rstrip()
    # Two slashes would lead to another host.
    if meant == path or not meant.startswith("/") or meant.startswith("//"):
        return None
    try:
        is_page = resolve(meant).url_name != "api_not_found"
    except Resolver404:
        return None
    return meant if is_page else None
