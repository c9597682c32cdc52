"""Mails to shoppers: queued in the transaction of the change they tell of, sent by the reconciler (S5).

A mail server that fails changes nothing about an order; the notification is sent later.
"""

import datetime
import logging
import time
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from orders.customers import same_email
from orders.models import Notification, Order
from orders.presentation import format_address_lines, list_refunds, list_shipments
from stores.errors import Conflict
from stores.models import Store
from subscriptions import notifications as subscription_notifications
from subscriptions.email_text import build_email_text
from subscriptions.invoice_pdf import display_invoice_number, render_invoice_pdf
from subscriptions.models import Invoice, Subscription

logger = logging.getLogger(__name__)

Kind = Notification.Kind
# After each failure the next try is later; after the last one staff see what failed.
RETRY_MINUTES = (1, 5, 15, 60, 240, 720, 1440)
SEND_LEASE = datetime.timedelta(minutes=5)
MAX_LINKED_ORDERS = 5
ROUND_SECONDS = 20


def queue_notification(*, order: Order, kind: str, key: str) -> Notification | None:
    """Write a notification down, in the caller's transaction; None where this news was written down before."""
    notification, is_new = Notification.objects.get_or_create(
        order=order, key=key[:60], defaults={"kind": kind, "next_try_at": timezone.now()}
    )
    return notification if is_new else None


def queue_subscriber_notifications(subscription: Subscription) -> None:
    """Queue what is done and was not told, and what is due, where this shop mails its subscribers.

    The caller holds the subscription's row and saves `pending_notifications`. An order under review gets none before
    staff have looked at it.
    """
    order = subscription.order
    if order.review_reason or not subscription.lines:
        return
    if subscription.store.notify_subscribers and order.email:
        for kind, key, details in subscription_notifications.due_notifications(subscription):
            if notification := queue_notification(order=order, kind=kind, key=key):
                notification.subscription = subscription
                notification.details = subscription_notifications.notification_details(subscription) | details
                notification.save(update_fields=["subscription", "details"])
    subscription.pending_notifications = []


def queue_order_notifications(*, order: Order, was_paid: bool, known_parcels: set[Any]) -> None:
    """Queue what the shopper should hear of after a change, where this shop is the one that writes.

    An order under review gets no good news before staff have looked at it.
    """
    if order.store.next_sends_receipt or order.review_reason or order.is_erased or not order.is_paid:
        return
    if not was_paid:
        queue_notification(order=order, kind=Kind.CONFIRMATION, key=Kind.CONFIRMATION)
    for parcel in order.fulfillments:
        if parcel.get("status") == "success" and parcel.get("id") not in known_parcels:
            queue_notification(order=order, kind=Kind.SHIPPED, key=f"{Kind.SHIPPED}-{parcel.get('id')}")


def queue_withheld_notifications(order: Order) -> None:
    """Queue what was not told while the order was under review, unless it has ended with the review."""
    if order.status in {Order.Status.PAID, Order.Status.SHIPPING}:
        queue_order_notifications(order=order, was_paid=False, known_parcels=set())


def resend_notification(*, order: Order, kind: str, invoice: Invoice | None = None) -> Notification:
    """Queue a notification once more, because a person asked for it. Errors: Conflict where nobody is to be told."""
    if order.is_erased:
        raise Conflict(_("The shopper's data was erased: there is no address to write to."))
    now = timezone.now()
    key = f"{kind}-{now:%Y%m%d%H%M%S%f}"
    return Notification.objects.create(order=order, kind=kind, key=key, invoice=invoice, next_try_at=now)


def queue_order_links(*, store: Store, email: str) -> None:
    """Queue the addresses of the newest orders for whoever owns this e-mail address, if it has any here.

    Once an hour at most, and the caller learns nothing.
    """
    order = _paid_orders(store, email).first()
    if order:
        queue_notification(order=order, kind=Kind.LINKS, key=f"{Kind.LINKS}-{timezone.now():%Y%m%d%H}")


def send_due_notifications(*, limit: int = 100) -> int:
    """Send what is due; return how many were sent. Any number of processes may do this at once.

    A mail server that hangs ends the round: payments must not wait for it.
    """
    sent, ends = 0, time.monotonic() + ROUND_SECONDS
    due = Notification.objects.filter(next_try_at__lte=timezone.now()).order_by("next_try_at")
    for pk, at in due.values_list("pk", "next_try_at")[:limit]:
        if Notification.objects.filter(pk=pk, next_try_at=at).update(next_try_at=timezone.now() + SEND_LEASE):
            notification = Notification.objects.select_related(
                "order__store", "subscription__store", "invoice"
            ).get(pk=pk)
            if subscription_notifications.is_reminder_outdated(notification):
                notification.delete()
            else:
                sent += _send_notification(notification)
        if time.monotonic() >= ends:
            break
    return sent


def _send_notification(notification: Notification) -> bool:
    try:
        build_email(notification).send()
    except Exception as error:
        _record_send_failure(notification, error)
        return False
    Notification.objects.filter(pk=notification.pk).update(
        sent_at=timezone.now(), next_try_at=None, attempts=notification.attempts + 1, last_error=""
    )
    return True


def _record_send_failure(notification: Notification, error: Exception) -> None:
    # The class alone: a mail server's words may hold the address.
    wait = RETRY_MINUTES[notification.attempts] if notification.attempts < len(RETRY_MINUTES) else None
    later = timezone.now() + datetime.timedelta(minutes=wait) if wait else None
    Notification.objects.filter(pk=notification.pk).update(
        attempts=notification.attempts + 1, next_try_at=later, last_error=type(error).__name__
    )
    logger.warning(
        "notification %s of order %s was not sent: %s",
        notification.pk,
        notification.order_id,
        type(error).__name__,
    )


def build_email(notification: Notification) -> EmailMultiAlternatives:
    """Return the notification in the shopper's language, as text and HTML."""
    order, store = notification.order, notification.order.store
    with translation.override(order.language):
        context = {
            "order": order,
            "store": store,
            "items": [item for item in order.items.all() if item.quantity],
            "status_url": f"{store.origin}{order.get_absolute_url()}",
            "address_lines": format_address_lines(order.shipping_address),
            "shipments": list_shipments(order),
            "refunds": list_refunds(order),
            "orders": _linked_orders(order) if notification.kind == Kind.LINKS else [],
            "invoice": notification.invoice,
        }
        template = notification.kind
        if notification.subscription is not None:
            template, subscription = "subscription", notification.subscription
            context["email_text"], context["lines"] = (
                build_email_text(notification),
                notification.details["lines"],
            )
            context["page_url"] = f"{store.origin}{subscription.get_absolute_url()}"
        message = EmailMultiAlternatives(
            subject=_email_subject(notification),
            body=render_to_string(f"orders/emails/{template}.txt", context),
            from_email=formataddr((store.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
            to=[order.email],
            reply_to=[store.support_email] if store.support_email else None,
            # So that a notification sent twice after a crash is shown once.
            headers={
                "Message-ID": f"<notification-{notification.pk}-{order.external_id}@{store.host.partition(':')[0]}>"
            },
        )
        message.attach_alternative(render_to_string(f"orders/emails/{template}.html", context), "text/html")
        if notification.invoice:
            name = f"{display_invoice_number(notification.invoice)}.pdf"
            message.attach(name, render_invoice_pdf(invoice=notification.invoice), "application/pdf")
    return message


def _email_subject(notification: Notification) -> str:
    if notification.subscription is not None:
        return build_email_text(notification).subject
    names = {"number": notification.order.number, "store": notification.order.store.name}
    if notification.kind == Kind.CONFIRMATION:
        return _("Your order %(number)s at %(store)s") % names
    if notification.kind == Kind.SHIPPED:
        return _("Your order %(number)s is on its way") % names
    if notification.kind == Kind.INVOICE and notification.invoice:
        return _("Your invoice %(number)s") % {"number": display_invoice_number(notification.invoice)}
    return _("Your orders at %(store)s") % names


def _linked_orders(order: Order) -> list[tuple[Order, str]]:
    return [
        (found, f"{order.store.origin}{found.get_absolute_url()}")
        for found in _paid_orders(order.store, order.email)[:MAX_LINKED_ORDERS]
    ]


def _paid_orders(store: Store, email: str) -> QuerySet[Order]:
    """The paid orders that were made with this very address, newest first, whosever they are."""
    return store.orders.filter(same_email(email)).exclude(paid_at=None)
