"""Emails as staff read them: as they were sent, or as they would be sent now.

No copy has the address of one of the shop's pages, which lets its holder act for the shopper.
"""

import logging
import re
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import QuerySet

from orders.models import Notification, SentEmail
from stores.columns import fit_to_columns
from stores.models import Store

logger = logging.getLogger(__name__)


def copy_email(notification: Notification, message: EmailMultiAlternatives) -> SentEmail:
    """Return an unsaved copy of the message, without the addresses of the shop's pages."""
    store = notification.store
    html = next((part for part, mimetype in message.alternatives if mimetype == "text/html"), "")
    names = [attachment[0] for attachment in message.attachments]
    values = {
        "recipient": ", ".join(message.to),
        "sender": message.from_email,
        "subject": message.subject,
        "text": hide_shop_addresses(str(message.body), store),
        "html": hide_shop_addresses(str(html), store),
        "attachments": ", ".join(map(str, names)),
    }
    return SentEmail(notification=notification, **fit_to_columns(SentEmail, values))


def hide_shop_addresses(text: str, store: Store) -> str:
    """Cut every address of the shop's pages after its host."""
    return re.sub(rf"(https?://{re.escape(store.host)}/)[^\s\"'<>]+", r"\1…", text, flags=re.IGNORECASE)


def save_sent_email(notification: Notification, message: EmailMultiAlternatives) -> None:
    """Save the copy of a message that was just sent. A failure is logged: nothing may send it again."""
    try:
        copy = copy_email(notification, message)
        with transaction.atomic():
            # The lock keeps an erasure from running between the check and the copy.
            rows: QuerySet[Any] = type(notification.subject)._default_manager.select_for_update(
                of=("self",), no_key=True
            )
            if not rows.get(pk=notification.subject.pk).is_erased:
                copy.save()
    except Exception:
        logger.exception("notification %s was sent, but its copy was not saved", notification.pk)
