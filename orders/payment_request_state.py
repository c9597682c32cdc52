"""What became of a payment request."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import LinkVisitCount
from orders.models import Notification, PaymentRequest


class RequestState(TextChoices):
    """The state, in the order in which it is decided."""

    PAID = "paid", _("Paid")
    CANCELED = "canceled", _("Canceled")
    EXPIRED = "expired", _("Expired")
    VIEWED = "viewed", _("Viewed")
    SENT = "sent", _("Sent")
    WAITING = "waiting", _("Being sent")
    FAILED = "failed", _("Not delivered")


def is_request_open(request: PaymentRequest) -> bool:
    """Return True while it can be paid. Needs `link` loaded."""
    is_over = request.order_id or request.canceled_at or request.expires_at <= timezone.now()
    return not is_over and request.link.active


def annotate_state(requests: QuerySet[PaymentRequest]) -> QuerySet[PaymentRequest]:
    """Annotate what `get_request_state` reads beside the request and its link."""
    emails = Notification.objects.filter(payment_request=OuterRef("pk"), kind=Notification.Kind.REQUEST)
    return requests.select_related("link", "store", "order").annotate(
        is_viewed=Exists(LinkVisitCount.objects.filter(link_id=OuterRef("link_id"))),
        is_sent=Exists(emails.filter(sent_at__isnull=False)),
        is_waiting=Exists(emails.filter(next_try_at__isnull=False)),
    )


def get_request_state(request: Any) -> RequestState:
    """Return the state of an annotated request now."""
    if request.order_id:
        return RequestState.PAID
    if request.canceled_at:
        return RequestState.CANCELED
    if request.expires_at <= timezone.now():
        return RequestState.EXPIRED
    if request.is_viewed:
        return RequestState.VIEWED
    if request.is_sent:
        return RequestState.SENT
    return RequestState.WAITING if request.is_waiting else RequestState.FAILED


def filter_by_request_state(requests: QuerySet[PaymentRequest], state: str) -> QuerySet[PaymentRequest]:
    """Return the annotated requests in a state now."""
    unpaid = Q(order=None)
    is_open = unpaid & Q(canceled_at=None, link__expires_at__gt=timezone.now())
    condition = {
        RequestState.PAID: ~unpaid,
        RequestState.CANCELED: unpaid & Q(canceled_at__isnull=False),
        RequestState.EXPIRED: unpaid & Q(canceled_at=None, link__expires_at__lte=timezone.now()),
        RequestState.VIEWED: is_open & Q(is_viewed=True),
        RequestState.SENT: is_open & Q(is_viewed=False, is_sent=True),
        RequestState.WAITING: is_open & Q(is_viewed=False, is_sent=False, is_waiting=True),
        RequestState.FAILED: is_open & Q(is_viewed=False, is_sent=False, is_waiting=False),
    }[RequestState(state)]
    return requests.filter(condition)
