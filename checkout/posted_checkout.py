"""The checkout form that was posted while too many others were: the session keeps it until it is its turn.

The waiting page (`views/checkout_turn.py`) hands it to the checkout as if it were posted again, however often
the shopper looks: its key makes all of them one attempt.
"""

import time
from typing import TypedDict

from django.contrib.sessions.backends.base import SessionBase
from django.http import QueryDict
from django.utils.translation import gettext as _

from stores.errors import Problem

POSTED_CHECKOUT_SESSION_KEY = "posted_checkout"
# Who comes back later sees the form again and decides anew.
MAX_AGE_SECONDS = 600
MAX_FORM_LENGTH = 100_000


class PostedCheckout(TypedDict):
    """The form, the query of the page it was posted from, and when (epoch seconds)."""

    form: str
    query: str
    posted_at: float


def save_posted_checkout(session: SessionBase, *, query: QueryDict, form: QueryDict) -> None:
    """Keep the form until it is its turn. Raises Problem (503) if it is too long to be kept."""
    posted: PostedCheckout = {
        "form": form.urlencode(),
        "query": query.urlencode(),
        "posted_at": time.time(),
    }
    if len(posted["form"]) > MAX_FORM_LENGTH:
        message = _("Many people are checking out right now. Go back, wait a minute, and try again.")
        raise Problem(message, code="busy", status=503, headers={"Retry-After": "60"})
    session[POSTED_CHECKOUT_SESSION_KEY] = posted


def find_posted_checkout(session: SessionBase, *, query: QueryDict) -> QueryDict | None:
    """Return the form that waits for its turn on the page with this query, or None.

    After a while it only shows what was typed (`update`) and pays nothing.
    """
    posted: PostedCheckout | None = session.get(POSTED_CHECKOUT_SESSION_KEY)
    if posted is None or posted["query"] != query.urlencode():
        return None
    form = QueryDict(posted["form"], mutable=True)
    if time.time() - posted["posted_at"] > MAX_AGE_SECONDS:
        form["update"] = "late"
    return form


def forget_posted_checkout(session: SessionBase) -> None:
    """Forget the form, once it was handed to the checkout or replaced by another."""
    session.pop(POSTED_CHECKOUT_SESSION_KEY, None)
