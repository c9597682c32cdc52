"""Whether a payment link sells now, and if not, why."""

import datetime

from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import PaymentLink
from stores.dates import format_store_time


class LinkState(TextChoices):
    """What a link is to shoppers, in the order in which it is decided."""

    CLOSED = "closed", gettext_lazy("closed")
    EXPIRED = "expired", gettext_lazy("expired")
    USED_UP = "used_up", gettext_lazy("limit reached")
    SCHEDULED = "scheduled", gettext_lazy("not open yet")
    OPEN = "open", gettext_lazy("open")


def get_link_state(link: PaymentLink) -> LinkState:
    """Return the link's state now."""
    now = timezone.now()
    if not link.active:
        return LinkState.CLOSED
    if link.expires_at and link.expires_at <= now:
        return LinkState.EXPIRED
    if link.uses_left == 0:
        return LinkState.USED_UP
    return LinkState.SCHEDULED if link.opens_at and link.opens_at > now else LinkState.OPEN


def filter_by_state(state: str, *, now: datetime.datetime) -> Q:
    """Return the condition for the links of a state."""
    expired, scheduled, used_up = Q(expires_at__lte=now), Q(opens_at__gt=now), Q(uses_left=0)
    return {
        LinkState.CLOSED: Q(active=False),
        LinkState.EXPIRED: Q(active=True) & expired,
        LinkState.USED_UP: Q(active=True) & used_up & ~expired,
        LinkState.SCHEDULED: Q(active=True) & scheduled & ~expired & ~used_up,
        LinkState.OPEN: Q(active=True) & ~expired & ~used_up & ~scheduled,
    }[LinkState(state)]


def describe_link_state(link: PaymentLink, *, is_new: bool = False) -> str:
    """Return for staff whether the link sells now, and what to do about it."""
    state = get_link_state(link)
    if state == LinkState.OPEN:
        return _("The link is open. Copy the URL and share it.") if is_new else _("The link is open.")
    texts = {
        LinkState.CLOSED: _("The link is closed."),
        LinkState.EXPIRED: _("The link expired %(time)s. Set a later time to sell again."),
        LinkState.USED_UP: _("No purchases are left. Raise their number to sell again."),
        LinkState.SCHEDULED: _("The link opens %(time)s."),
    }
    moment = link.opens_at if state == LinkState.SCHEDULED else link.expires_at
    return str(texts[state]) % {"time": format_store_time(moment, link.store) if moment else ""}
