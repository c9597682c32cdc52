"""Mails to shoppers: queued in the transaction of the change they tell of, sent by the reconciler (S5).

A mail server that fails changes nothing about an order; the notification is sent later.
"""

import datetime
import logging
import time
from collections.abc import Callable
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from orders.email_kinds import find_email_kind
from orders.emails import list_paid_orders
from orders.models import Notification, Order
from stores.errors import Conflict
from stores.models import Store

logger = logging.getLogger(__name__)

Kind = Notification.Kind
# After each failure the next try is later; after the last one staff see what failed.
RETRY_MINUTES = (1, 5, 15, 60, 240, 720, 1440)
SEND_LEASE = datetime.timedelta(minutes=5)
ROUND_SECONDS = 20


def queue_notification(
    *,
    order: Order,
    kind: str,
    key: str,
    subject_id: str = "",
    get_details: Callable[[], dict[str, Any]] = dict,
) -> Notification | None:
    """Queue a notification in the caller's transaction; None if one with this key was queued before.

    `subject_id` says what it is about if not the order. `get_details` is called only for a new one.
    """
    notification, is_new = Notification.objects.get_or_create(
        order=order,
        key=key[:60],
        defaults={
            "kind": kind,
            "subject_id": subject_id,
            "details": get_details,
            "next_try_at": timezone.now(),
        },
    )
    return notification if is_new else None


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


def resend_notification(*, order: Order, kind: str, subject_id: str = "") -> Notification:
    """Queue a notification again, for a person who wants it. Errors: Conflict if there is no address."""
    if order.is_erased:
        raise Conflict(_("The shopper's data was erased: there is no address to write to."))
    now = timezone.now()
    key = f"{kind}-{now:%Y%m%d%H%M%S%f}"
    return Notification.objects.create(
        order=order, kind=kind, key=key, subject_id=subject_id, next_try_at=now
    )


def queue_order_links(*, store: Store, email: str) -> None:
    """Queue the addresses of the newest orders for whoever owns this e-mail address, if it has any here.

    Once an hour at most, and the caller learns nothing.
    """
    order = list_paid_orders(store=store, email=email).first()
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
            notification = Notification.objects.select_related("order__store").get(pk=pk)
            if find_email_kind(notification.kind).is_outdated(notification):
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
    """Return the email of a notification in the shopper's language, as text and HTML."""
    order, store = notification.order, notification.order.store
    with translation.override(order.language):
        content = find_email_kind(notification.kind).build(notification)
        status_url = f"{store.origin}{order.get_absolute_url()}"
        context = {"order": order, "store": store, "status_url": status_url, **content.context}
        message = EmailMultiAlternatives(
            subject=content.subject,
            body=render_to_string(f"{content.template}.txt", context),
            from_email=formataddr((store.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
            to=[order.email],
            reply_to=[store.support_email] if store.support_email else None,
            headers={"Message-ID": _message_id(notification)},
        )
        message.attach_alternative(render_to_string(f"{content.template}.html", context), "text/html")
        for attachment in content.attachments:
            message.attach(attachment.filename, attachment.content, attachment.content_type)
    return message


def _message_id(notification: Notification) -> str:
    """Return the same id whenever it is sent, so that an email sent twice after a crash is shown once."""
    order = notification.order
    host = order.store.host.partition(":")[0]
    return f"<notification-{notification.pk}-{order.external_id}@{host}>"
