"""The language that a visitor chose, kept in a cookie."""

from django.conf import settings
from django.http import HttpResponseRedirect
from django.utils.translation import check_for_language

_YEAR_SECONDS = 365 * 24 * 60 * 60


def is_offered_language(code: str) -> bool:
    """Return True for a language of the shop."""
    return code in dict(settings.LANGUAGES) and check_for_language(code)


def redirect_in_language(response: HttpResponseRedirect, code: str) -> HttpResponseRedirect:
    """Have the browser remember the language from this redirect on. Return the redirect."""
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=_YEAR_SECONDS,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
