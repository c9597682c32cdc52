"""Payment requests that were made: reminded of, extended, canceled, and paid once.

What a request asks for is a payment link of its own for one purchase (`catalog.payment_links`), so it is
checked out, held, charged, and settled like any other. Its emails wait in the outbox
(`orders.notifications`), the reminder from the start: each is dropped when its turn comes too late.
"""

import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import PaymentLink
from catalog.payment_links import set_link_active
from orders import sentences
from orders.models import Notification, Order, PaymentRequest
from orders.notifications import SEND_LEASE, queue_request_notification
from orders.payment_request_state import is_request_open
from stores.errors import Conflict, Problem
from stores.models import Store
from stores.page_cache import clear_page_cache
from wording.sentence import Sentence

Kind = Notification.Kind
Reminder = PaymentRequest.Reminder
# When people are reminded, by the store's clock.
REMINDER_TIME = datetime.time(9)
MAX_TIME = datetime.timedelta(days=5 * 366)
END_OF_DAY = datetime.time(23, 59, 59)


def end_of_day(day: datetime.date, store: Store) -> datetime.datetime:
    """Return the last second of the day in the store's time zone."""
    return datetime.datetime.combine(day, END_OF_DAY, tzinfo=ZoneInfo(store.time_zone))


def require_possible_end(expires_at: datetime.datetime) -> None:
    """Raise Problem if this time has passed, or is too far away to be meant."""
    if expires_at <= timezone.now():
        raise Problem(_("Choose today or a later day."), field="expires_on")
    if expires_at > timezone.now() + MAX_TIME:
        raise Problem(_("Choose a day within the next five years."), field="expires_on")


def find_reminder_time(request: PaymentRequest, *, expires_at: datetime.datetime) -> datetime.datetime | None:
    """Return when to remind the recipient, or None if that is never or not before it expires."""
    zone = ZoneInfo(request.store.time_zone)
    days = datetime.timedelta(days=request.reminder_days)
    day = {
        Reminder.BEFORE: expires_at.astimezone(zone).date() - days,
        Reminder.AFTER: request.created_at.astimezone(zone).date() + days,
    }.get(Reminder(request.reminder))
    if day is None:
        return None
    moment = datetime.datetime.combine(day, REMINDER_TIME, tzinfo=zone)
    return moment if moment < expires_at else None


def schedule_reminder(request: PaymentRequest) -> None:
    """Queue the one reminder, or move it if it waits. Runs in the caller's transaction."""
    moment = find_reminder_time(request, expires_at=request.expires_at)
    if moment is None or moment <= timezone.now():
        return
    queued = queue_request_notification(
        request=request, kind=Kind.REQUEST_REMINDER, key=Kind.REQUEST_REMINDER, at=moment
    )
    if queued is None:
        list_scheduled_emails(request).update(next_try_at=moment)


def list_scheduled_emails(request: PaymentRequest) -> QuerySet[Notification]:
    """Return the emails that wait for their day. One that is due may be on its way to the mail server."""
    soon = timezone.now() + SEND_LEASE
    return request.notifications.filter(sent_at=None, attempts=0, next_try_at__gt=soon)


def lock_request(request: PaymentRequest) -> PaymentRequest:
    """Reload the request and lock its row until the caller's transaction ends."""
    rows = PaymentRequest.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("store", "link").get(pk=request.pk)


def require_unpaid(request: PaymentRequest) -> None:
    """Raise Conflict if nothing is left to ask for."""
    if request.order_id:
        raise Conflict(_("This request has been paid."))
    if request.canceled_at:
        raise Conflict(_("This request was canceled. Duplicate it to ask again."))


@transaction.atomic
def extend_payment_request(*, request: PaymentRequest, expires_on: datetime.date) -> None:
    """Let it be paid until another day, also after it expired. The reminder moves along if it waits.

    Raises Conflict if it was paid or canceled, and Problem if that day is over.
    """
    request = lock_request(request)
    require_unpaid(request)
    expires_at = end_of_day(expires_on, request.store)
    require_possible_end(expires_at)
    PaymentLink.objects.filter(pk=request.link_id).update(expires_at=expires_at)
    request.link.expires_at = expires_at
    schedule_reminder(request)
    clear_page_cache(host=request.store.host)


@transaction.atomic
def cancel_payment_request(*, request: PaymentRequest) -> None:
    """Close the request. A payment that has already started still counts, and is put before staff.

    Raises Conflict if it was paid. Idempotent.
    """
    request = lock_request(request)
    if request.order_id:
        raise Conflict(_("This request has been paid. Refund its order instead."))
    PaymentRequest.objects.filter(pk=request.pk, canceled_at=None).update(canceled_at=timezone.now())
    request.link.store = request.store
    set_link_active(link=request.link, active=False)
    list_scheduled_emails(request).delete()


@transaction.atomic
def resend_payment_request(*, request: PaymentRequest) -> None:
    """Queue the email of an open request again.

    Raises Conflict if it is over, or its email is already waiting to be sent.
    """
    request = lock_request(request)
    require_unpaid(request)
    if not is_request_open(request):
        raise Conflict(_("This request has expired. Extend it first."))
    sent = request.notifications.filter(kind=Kind.REQUEST)
    if sent.filter(next_try_at__isnull=False).exists():
        raise Conflict(_("This email is already waiting to be sent."))
    # An email that couldn't be delivered goes out itself, so that it no longer counts as failed.
    failed = sent.filter(sent_at=None).order_by("-pk").first()
    if failed is not None:
        sent.filter(pk=failed.pk).update(next_try_at=timezone.now(), attempts=0)
        return
    key = f"{Kind.REQUEST}-{timezone.now():%Y%m%d%H%M%S%f}"
    queue_request_notification(request=request, kind=Kind.REQUEST, key=key, at=timezone.now())


def record_request_payment(order: Order) -> Sentence:
    """Record that the order pays for the request whose link it was bought through.

    Return why staff must look at the payment, or an empty sentence if all is well. The caller's transaction
    marks the order as paid. Of several orders at once, one pays for the request. Idempotent.
    """
    requests = PaymentRequest.objects.filter(link=order.payment_link_id)
    requests.filter(order=None).update(order=order, paid_at=timezone.now())
    request = requests.first()
    if request is None:
        return Sentence()
    list_scheduled_emails(request).delete()
    if request.order_id != order.pk:
        return sentences.REQUEST_PAID_TWICE.fill()
    if request.canceled_at:
        return sentences.REQUEST_PAID_AFTER_CANCELING.fill()
    return Sentence()
