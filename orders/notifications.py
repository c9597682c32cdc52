"""Emails: queued in the transaction of the change they report, sent by the reconciler (S5).

A failing mail server never affects an order. The email is sent later.
"""

import datetime
import logging
import time
from collections.abc import Callable, Iterable
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from orders.email_kinds import find_email_kind, is_email_held
from orders.emails import TOLD_TOTAL
from orders.models import Notification, Order, PaymentRequest, Shipment
from orders.sent_emails import save_sent_email
from stores.errors import Conflict
from stores.leases import claim_due_rows

logger = logging.getLogger(__name__)

Kind = Notification.Kind
# Minutes until the next attempt, after each failure. After the last one, staff see the error.
RETRY_MINUTES = (1, 5, 15, 60, 240, 720, 1440)
SEND_LEASE = datetime.timedelta(minutes=5)
ROUND_SECONDS = 20
HOLD_INTERVAL = datetime.timedelta(seconds=30)
# What building and sending an email reads.
NOTIFICATION_RELATIONS = (
    "order__store",
    "payment_request__store",
    "payment_request__link",
    "notice__store",
    "contact__store",
)


def queue_notification(
    *,
    order: Order,
    kind: str,
    key: str,
    subject_id: str = "",
    get_details: Callable[[], dict[str, Any]] = dict,
) -> Notification | None:
    """Queue an email in the caller's transaction. Return None if one with this key was queued before.

    `subject_id` identifies what it is about if not the order. `get_details` is called only for a new one.
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


def queue_request_notification(
    *, request: PaymentRequest, kind: str, key: str, at: datetime.datetime
) -> Notification | None:
    """Queue an email about a payment request, to be sent at a time, in the caller's transaction.

    Return None if one with this key was queued before.
    """
    notification, is_new = Notification.objects.get_or_create(
        payment_request=request, key=key[:60], defaults={"kind": kind, "next_try_at": at}
    )
    return notification if is_new else None


def queue_order_notifications(*, order: Order, was_paid: bool, sent_shipments: Iterable[Shipment]) -> None:
    """Queue the emails for a change of an order: most only if this store sends them instead of NEXT.

    `sent_shipments` are the parcels sent since; each is announced once, however often it is passed.

    An order in review gets no emails until staff close the review.
    """
    if order.is_erased or not order.is_paid:
        return
    store, is_first = order.store, not was_paid
    sends_receipt = not store.next_sends_receipt
    sends_contract = is_first and not sends_receipt and store.has_contract_documents and not order.is_renewal
    asks_to_confirm = is_first and _has_consent_to_confirm(order)
    if not (sends_receipt or sends_contract or asks_to_confirm) or order.is_in_review:
        return
    if asks_to_confirm:
        queue_notification(order=order, kind=Kind.CONFIRM_MARKETING, key=Kind.CONFIRM_MARKETING)
    if sends_contract:
        queue_notification(order=order, kind=Kind.CONTRACT, key=Kind.CONTRACT)
    if not sends_receipt:
        return
    if is_first:
        queue_notification(order=order, kind=find_receipt_kind(order), key=Kind.CONFIRMATION)
    for shipment in sent_shipments:
        queue_notification(
            order=order,
            kind=Kind.SHIPPED,
            key=f"{Kind.SHIPPED}-{shipment.pk}",
            subject_id=str(shipment.pk),
        )


def _has_consent_to_confirm(order: Order) -> bool:
    waiting = order.consents.filter(needs_confirmation=True, confirmed_at=None)
    return bool(order.email) and waiting.exists()


def find_receipt_kind(order: Order) -> str:
    """Return the kind of email that confirms the payment of this order."""
    return Kind.RENEWAL if order.is_renewal else Kind.CONFIRMATION


def queue_order_update(*, order: Order, key: str) -> None:
    """Queue an email that something was added to the order. It is dropped if the confirmation tells it."""
    if order.store.next_sends_receipt or order.is_erased or order.is_in_review:
        return
    queue_notification(order=order, kind=Kind.UPDATED, key=f"{Kind.UPDATED}-{key}")


def queue_withheld_notifications(order: Order) -> None:
    """Queue the emails withheld during a review, unless the order is canceled or refunded in full."""
    if order.status in {Order.Status.PAID, Order.Status.SHIPPING, Order.Status.PARTIALLY_REFUNDED}:
        sent = [shipment for shipment in order.shipments.all() if shipment.has_shipped]
        queue_order_notifications(order=order, was_paid=False, sent_shipments=sent)


def resend_notification(
    *, order: Order, kind: str, subject_id: str = "", details: dict[str, Any] | None = None
) -> Notification:
    """Queue an email again. Raises Conflict if the shopper's data was erased."""
    if order.is_erased:
        raise Conflict(_("The customer's data was erased, so this email has no recipient."))
    now = timezone.now()
    key = f"{kind}-{now:%Y%m%d%H%M%S%f}"
    return Notification.objects.create(
        order=order, kind=kind, key=key, subject_id=subject_id, details=details or {}, next_try_at=now
    )


def send_due_notifications(*, limit: int = 100) -> int:
    """Send due emails; return how many were sent. Any number of processes may run this at the same time.

    A round ends after `ROUND_SECONDS`, so that payments never wait for a hanging mail server.
    """
    sent, deadline = 0, time.monotonic() + ROUND_SECONDS
    notifications = Notification.objects.select_related(*NOTIFICATION_RELATIONS)
    for notification in claim_due_rows(notifications, "next_try_at", limit=limit, lease=SEND_LEASE):
        if find_email_kind(notification.kind).is_outdated(notification):
            notification.delete()
        elif is_email_held(notification):
            Notification.objects.filter(pk=notification.pk).update(next_try_at=timezone.now() + HOLD_INTERVAL)
        else:
            sent += _send_notification(notification)
        if time.monotonic() >= deadline:
            break
    return sent


def _send_notification(notification: Notification) -> bool:
    try:
        message = build_email(notification)
        message.send()
    except Exception as error:
        _record_send_failure(notification, error)
        return False
    Notification.objects.filter(pk=notification.pk).update(
        sent_at=timezone.now(),
        next_try_at=None,
        attempts=notification.attempts + 1,
        last_error="",
        details=notification.details | describe_told(notification),
    )
    save_sent_email(notification, message)
    return True


def _record_send_failure(notification: Notification, error: Exception) -> None:
    # Save the class alone: a mail server's message may contain the address.
    minutes = RETRY_MINUTES[notification.attempts] if notification.attempts < len(RETRY_MINUTES) else None
    next_try_at = timezone.now() + datetime.timedelta(minutes=minutes) if minutes else None
    Notification.objects.filter(pk=notification.pk).update(
        attempts=notification.attempts + 1, next_try_at=next_try_at, last_error=type(error).__name__
    )
    logger.warning(
        "notification %s for %s was not sent: %s",
        notification.pk,
        notification.subject.pk,
        type(error).__name__,
    )


def describe_told(notification: Notification) -> dict[str, str]:
    """Return what the email told, for its details."""
    return {TOLD_TOTAL: str(notification.order.total)} if notification.order else {}


def build_email(notification: Notification) -> EmailMultiAlternatives:
    """Build a notification's email in the recipient's language, as text and HTML."""
    subject, store = notification.subject, notification.store
    with translation.override(subject.language):
        content = find_email_kind(notification.kind).build(notification)
        context = {"store": store, **describe_subject(notification), **content.context}
        message = EmailMultiAlternatives(
            subject=content.subject,
            body=render_to_string(f"{content.template}.txt", context),
            from_email=formataddr((store.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
            to=[subject.email],
            reply_to=[store.support_email] if store.support_email else None,
            # So that no out-of-office reply comes back (RFC 3834).
            headers={"Message-ID": _message_id(notification), "Auto-Submitted": "auto-generated"}
            | content.headers,
        )
        message.attach_alternative(render_to_string(f"{content.template}.html", context), "text/html")
        for attachment in content.attachments:
            message.attach(attachment.filename, attachment.content, attachment.content_type)
    return message


def describe_subject(notification: Notification) -> dict[str, Any]:
    """Return what each template gets: the order and the address of its page, or the request.

    And where to withdraw: `withdrawal_url`, of an order with its data filled in.
    """
    order, origin = notification.order, notification.store.origin
    if order is None:
        withdrawal_url = f"{origin}{reverse('orders:withdraw')}"
        return {"payment_request": notification.payment_request, "withdrawal_url": withdrawal_url}
    status_url = f"{origin}{order.get_absolute_url()}"
    return {"order": order, "status_url": status_url, "withdrawal_url": f"{status_url}/withdraw"}


def _message_id(notification: Notification) -> str:
    """Return a stable Message-ID, so that mail clients show an email resent after a crash only once."""
    host = notification.store.host.partition(":")[0]
    mark = notification.order.external_id if notification.order else notification.subject.pk
    return f"<notification-{notification.pk}-{mark}@{host}>"
