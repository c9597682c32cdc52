"""The number of items in the cart, in a cookie for the script of the page's header.

Public pages are cached and the same for everybody, so the server can't write the number into them. The cookie
says nothing else, and nothing on the server reads it.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from checkout.cart import count_cart_items

CART_COUNT_COOKIE = "cart_count"


class CartCountMiddleware:
    """Sets the cookie in responses to requests that used the session. Reads no session by itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.session.accessed:
            _save_cart_count(request, response)
        return response


def _save_cart_count(request: HttpRequest, response: HttpResponse) -> None:
    count = str(count_cart_items(request.session) or "")
    if count == request.COOKIES.get(CART_COUNT_COOKIE, "") and not (count and request.session.modified):
        return
    if count:
        # As long as the session's own cookie, which is renewed when the session changes.
        response.set_cookie(
            CART_COUNT_COOKIE,
            count,
            max_age=settings.SESSION_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
    else:
        response.delete_cookie(CART_COUNT_COOKIE, samesite="Lax")
