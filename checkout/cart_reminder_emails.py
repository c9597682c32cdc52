"""The email that reminds of an open cart."""

from django.urls import reverse
from django.utils.translation import gettext as _

from checkout.cart_reminders import is_being_paid, is_bought, list_restorable_lines
from checkout.models import CartReminder
from orders.contacts import build_stop_headers, get_stop_url
from orders.email_kinds import EmailContent, register_email_hold, register_email_kind
from orders.models import Notification

KIND = Notification.Kind.CART_REMINDER


def register_cart_reminder_email() -> None:
    """Register the kind. `CheckoutConfig.ready()` calls this once."""
    register_email_kind(KIND, build_cart_reminder_email, is_outdated=is_reminder_over)
    register_email_hold(KIND, is_payment_open)


def build_cart_reminder_email(notification: Notification) -> EmailContent:
    reminder, contact = _load_reminder(notification), notification.known_contact
    url = reverse("checkout:restore_cart", args=[reminder.make_token()])
    return EmailContent(
        subject=_("Your cart at %(store)s") % {"store": notification.store.name},
        template="checkout/emails/cart_reminder",
        context={
            "lines": list_restorable_lines(reminder),
            "restore_url": f"{notification.store.origin}{url}",
            "stop_url": get_stop_url(contact),
        },
        headers=build_stop_headers(contact),
    )


def is_reminder_over(notification: Notification) -> bool:
    """Return True if the shopper bought something, or nothing of the cart can be bought anymore."""
    reminder = CartReminder.objects.select_related("store", "contact").filter(pk=notification.subject_id)
    return not (found := reminder.first()) or is_bought(found) or not list_restorable_lines(found)


def is_payment_open(notification: Notification) -> bool:
    return is_being_paid(_load_reminder(notification))


def _load_reminder(notification: Notification) -> CartReminder:
    return CartReminder.objects.select_related("store", "contact").get(pk=notification.subject_id)
