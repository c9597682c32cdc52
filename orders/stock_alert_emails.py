"""Emails about stock alerts: the one that asks to confirm, and the one that stock is back."""

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.link_state import LinkState, get_link_state
from orders.contacts import build_stop_headers, get_stop_url
from orders.email_kinds import EmailContent, register_email_kind
from orders.models import Notification, StockAlert
from orders.stock_alerts import can_be_bought

Kind = Notification.Kind


def register_stock_alert_emails() -> None:
    """Register both kinds. `OrdersConfig.ready()` calls this once."""
    register_email_kind(Kind.CONFIRM_ALERT, build_confirm_alert_email, is_outdated=is_confirmed_or_gone)
    register_email_kind(Kind.BACK_IN_STOCK, build_back_in_stock_email, is_outdated=is_gone_or_sold_out)


def build_confirm_alert_email(notification: Notification) -> EmailContent:
    alert = _load_alert(notification)
    url = f"{notification.store.origin}{reverse('orders:confirm-alert', args=[alert.make_token()])}"
    return EmailContent(
        subject=_("Confirm: tell me when %(product)s is back") % {"product": alert.variant},
        template="orders/emails/confirm_alert",
        context={
            "product": str(alert.variant),
            "confirm_url": url,
            "stop_url": get_stop_url(notification.known_contact),
        },
        headers=build_stop_headers(notification.known_contact),
    )


def build_back_in_stock_email(notification: Notification) -> EmailContent:
    alert = _load_alert(notification)
    return EmailContent(
        subject=_("Back in stock: %(product)s") % {"product": alert.variant},
        template="orders/emails/back_in_stock",
        context={
            "product": str(alert.variant),
            "page_url": get_page_url(alert),
            "stop_url": get_stop_url(notification.known_contact),
        },
        headers=build_stop_headers(notification.known_contact),
    )


def get_page_url(alert: StockAlert) -> str:
    """Return the address where the variant can be bought: of the payment link while it is open."""
    store, path = alert.contact.store, alert.variant.product.get_absolute_url()
    if alert.link is not None and get_link_state(alert.link) == LinkState.OPEN:
        path = alert.link.get_absolute_url()
    return f"{store.origin}{path}?variant={alert.variant_id}"


def is_confirmed_or_gone(notification: Notification) -> bool:
    return not StockAlert.objects.filter(pk=notification.subject_id, confirmed_at=None).exists()


def is_gone_or_sold_out(notification: Notification) -> bool:
    """Return True if there is nothing to tell. If it sold out again, the request goes on waiting."""
    alert = StockAlert.objects.filter(pk=notification.subject_id, confirmed_at__isnull=False).first()
    return alert is None or not can_be_bought(alert)


def _load_alert(notification: Notification) -> StockAlert:
    alerts = StockAlert.objects.select_related("contact__store", "variant__product", "link")
    return alerts.get(pk=notification.subject_id)
