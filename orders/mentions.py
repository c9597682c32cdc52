"""Mentions of staff in notes, such as "@mia": each person mentioned gets an email."""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from orders.models import Order

logger = logging.getLogger(__name__)

# As Django's user names, but not after a word: "ada@example.com" mentions nobody.
_MENTION = re.compile(r"(?<![\w.+@-])@([\w.@+-]+)")
MAX_SUGGESTIONS = 8


@dataclass
class MentionResult:
    """User names of those who got an email, and of those who didn't."""

    notified: list[str] = field(default_factory=list)
    not_notified: list[str] = field(default_factory=list)


def list_staff() -> QuerySet[User]:
    return User.objects.filter(is_active=True, is_staff=True).order_by("username")


def find_mentioned_staff(text: str) -> list[User]:
    """Return whom the text mentions. A full stop or hyphen after a name isn't part of it."""
    names = {name.casefold() for name in _MENTION.findall(text)}
    names |= {name.rstrip(".-+@") for name in names}
    return [user for user in list_staff() if user.username.casefold() in names] if names else []


def notify_mentioned_staff(*, order: Order, text: str, author: Any, address: str) -> MentionResult:
    """Email those whom the note mentions, with the note and the address of the order's page.

    Someone who may not view orders or has no email address gets none. A failing mail server never raises.
    """
    result = MentionResult()
    for user in find_mentioned_staff(text):
        if user.pk == author.pk:
            continue
        is_sent = _email_mention(user, order=order, text=text, author=author, address=address)
        (result.notified if is_sent else result.not_notified).append(user.username)
    return result


def _email_mention(user: User, *, order: Order, text: str, author: Any, address: str) -> bool:
    if not user.email or not user.has_perm("orders.view_order"):
        return False
    name = author.get_full_name() or author.get_username()
    words = {"name": name, "number": order.number, "note": text, "address": address}
    try:
        EmailMessage(
            _("%(name)s mentioned you on order %(number)s") % words,
            _("%(name)s wrote:\n\n%(note)s\n\nOpen the order:\n%(address)s") % words,
            settings.DEFAULT_FROM_EMAIL,
            [user.email],
        ).send()
    except Exception as error:
        logger.warning("mention on order %s was not sent: %s", order.number, type(error).__name__)
        return False
    return True


def suggest_names(author: Any) -> Iterable[str]:
    """Return whom the author may mention, to be shown beside the note."""
    others = list_staff().exclude(pk=author.pk)
    return others.values_list("username", flat=True)[:MAX_SUGGESTIONS]
