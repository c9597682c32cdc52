"""The discount code of a purchase: typed, or offered by its payment link, its address, or the visit.

The session has the shopper's own choice for each selection source: a code, or "" for none. It counts until
another code is offered. The visit's code is in a cookie, because following a link starts no session. Nothing
here asks what a code is worth (`checkout.discounts`).
"""

from typing import TypedDict
from urllib.parse import quote, unquote

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse

from catalog.models import PaymentLink
from stores.discount_codes import is_possible_code
from stores.http import ShopRequest
from stores.models import Store

CODE_CHOICES_SESSION_KEY = "code_choices"
VISIT_CODE_COOKIE = "discount_code"
MAX_CHOICES = 20


class CodeChoice(TypedDict):
    """What a shopper chose, and which code was offered then."""

    offered: str
    chosen: str


def accepts_typed_codes(*, store: Store, link: PaymentLink | None) -> bool:
    """Return True if shoppers may use a code other than the link's own."""
    return store.accepts_codes and (link is None or link.accepts_codes)


def set_visit_code(response: HttpResponse, code: str) -> None:
    """Offer the code for every purchase of this visit, until the browser is closed."""
    if is_possible_code(code):
        response.set_cookie(
            VISIT_CODE_COOKIE,
            quote(code),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def find_offered_code(request: ShopRequest, link: PaymentLink | None = None) -> str:
    """Return the code in the page's address, the link's own, or the visit's; or ""."""
    own = link.discount_code if link else ""
    if not accepts_typed_codes(store=request.store, link=link):
        return own
    in_address = request.GET.get("code", "").strip()
    return in_address or own or _read_visit_code(request)


def _read_visit_code(request: ShopRequest) -> str:
    code = unquote(request.COOKIES.get(VISIT_CODE_COOKIE, ""))
    return code if is_possible_code(code) else ""


def find_code(*, session: SessionBase, source: str, offered: str, accepts_codes: bool) -> str:
    """Return the shopper's choice for this source if it was made when this code was offered, or the offer.

    Without `accepts_codes`, a code that was typed while the store still took any no longer counts.
    """
    choice = _read_choices(session).get(source)
    if choice is None or choice["offered"] != offered:
        return offered
    return choice["chosen"] if accepts_codes or not choice["chosen"] else offered


def remember_code_choice(*, session: SessionBase, source: str, offered: str, chosen: str) -> None:
    """Save what the shopper chose for this source. An empty code is no code."""
    choices = _read_choices(session)
    choices.pop(source, None)
    choices[source] = {"offered": offered, "chosen": chosen}  # newest last
    session[CODE_CHOICES_SESSION_KEY] = dict(list(choices.items())[-MAX_CHOICES:])


def forget_code_choice(*, session: SessionBase, source: str) -> None:
    """Drop the shopper's choice for this source: the code that is offered counts again."""
    choices = _read_choices(session)
    if choices.pop(source, None) is not None:
        session[CODE_CHOICES_SESSION_KEY] = choices


def _read_choices(session: SessionBase) -> dict[str, CodeChoice]:
    return dict(session.get(CODE_CHOICES_SESSION_KEY, {}))
