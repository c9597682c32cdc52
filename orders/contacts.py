"""Contacts: addresses that asked for an email without an order. Found, stopped, and deleted when done."""

import datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.customers import same_email
from orders.models import Contact, Notification
from orders.models.contact import CONTACT_PURPOSE
from stores.crypto import verify_url_token
from stores.lookups import get_or_not_found
from stores.models import Store

# How long we remember that an address wants no more emails.
STOP_RETENTION = datetime.timedelta(days=3 * 366)


def get_or_create_contact(*, store: Store, email: str, language: str, keep: datetime.timedelta) -> Contact:
    """Return the store's contact with this email (in any case), kept at least as long as `keep`."""
    keep_until = timezone.now() + keep
    own = Contact.objects.filter(same_email(email), store=store)
    if (contact := own.first()) is None:
        try:
            with transaction.atomic():
                return Contact.objects.create(
                    store=store, email=email.lower(), language=language, keep_until=keep_until
                )
        except IntegrityError:  # another request created it first
            contact = own.get()
    own.filter(keep_until__lt=keep_until).update(keep_until=keep_until)
    own.update(language=language)
    contact.refresh_from_db()
    return contact


def find_contact_by_token(*, store: Store, token: str) -> Contact:
    """Return the contact whose emails have this token. Raises NotFound."""
    return get_or_not_found(
        Contact.objects.select_related("store"),
        _("You won't get any more of these emails. We have no record of this address."),
        pk=verify_url_token(purpose=CONTACT_PURPOSE, token=token),
        store=store.pk,
    )


def get_stop_url(contact: Contact) -> str:
    """Return the address that stops all emails to the contact."""
    return f"{contact.store.origin}{reverse('orders:stop-emails', args=[contact.make_stop_token()])}"


def build_stop_headers(contact: Contact) -> dict[str, str]:
    """Return the headers by which mail programs stop the emails with one click (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{get_stop_url(contact)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@transaction.atomic
def stop_emails(contact: Contact) -> None:
    """Send nothing more to the contact, unless its reader asks and confirms again. Idempotent."""
    now = timezone.now()
    Contact.objects.filter(pk=contact.pk).update(stopped_at=now, keep_until=now + STOP_RETENTION)
    contact.stock_alerts.all().delete()
    Notification.objects.filter(contact=contact, sent_at=None).delete()


def delete_old_contacts() -> int:
    """Delete contacts that nothing is left to tell; return how many."""
    old = Contact.objects.filter(keep_until__lt=timezone.now()).values_list("pk", flat=True)[:1000]
    return len([contact.delete() for contact in Contact.objects.filter(pk__in=list(old))])
