"""Staff actions on an order: cancel it, add a note, resend an email, close a review."""

from collections.abc import Callable
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextOrder
from orders import notifications, sentences
from orders.email_kinds import find_email_kind
from orders.emails import TOLD_TOTAL
from orders.models import Notification, Order, OrderEvent, OrderReview, RefundRequest
from orders.order_log import log_order_event
from orders.refund_requests import open_refund_request, sum_charges
from orders.refunds import check_before_moving_money, require_paid_order, send_and_check
from orders.reviews import resolve_review
from orders.sync import sync_order_as_staff
from stores.errors import Conflict, Problem
from stores.next_client import open_next_client
from wording.sentence import Label

STAFF = OrderEvent.Source.STAFF
Kind = OrderEvent.Kind


def cancel_paid_order(
    *,
    order: Order,
    reason: str,
    full_refund: bool,
    notify: bool,
    actor: str,
    source: str = STAFF,
    require: Callable[[NextOrder], None] | None = None,
) -> None:
    """Cancel a paid order in NEXT, with or without a refund.

    `require` looks at the order as NEXT has it now, before anything is done, and raises to refuse.
    Raises Conflict if it can't be canceled anymore, RefundInDoubt if NEXT's record doesn't show the
    cancellation and its refund yet, and Problem if it was never sent.
    """
    require_paid_order(order)
    next_order = check_before_moving_money(order=order, actor=actor).next_order
    if order.status == Order.Status.CANCELED:
        raise Conflict(_("This order is already canceled."))
    if order.has_shipped:
        raise Conflict(_("This order has shipped. Refund it instead."))
    if require is not None:
        require(next_order)
    request = _open_cancellation(
        order=order,
        charged=sum_charges(next_order) if full_refund else Decimal(0),
        actor=actor,
        reason=reason,
        source=source,
    )
    body = {"cancel_reason": reason, "full_refund": full_refund, "send_cancel_notification": notify}
    api = open_next_client(order.store)
    send_and_check(
        order=order, request=request, call=lambda: api.cancel_order(order.next_order_number or "", body)
    )


@transaction.atomic
def _open_cancellation(
    *, order: Order, charged: Decimal, actor: str, reason: str, source: str
) -> RefundRequest:
    """Save the cancellation before it is requested, and what of the amount charged it still refunds."""
    locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    if locked.status == Order.Status.CANCELED:
        raise Conflict(_("This order is already canceled."))
    # Known only now: another refund may have been made since NEXT was asked.
    amount = max(charged - locked.refunded_amount, Decimal(0))
    request = open_refund_request(
        order=locked,
        amount=amount,
        refunded_before=locked.refunded_amount,
        purpose=RefundRequest.Purpose.CANCEL,
        cancels=True,
        actor=actor,
        note=reason,
    )
    log_order_event(
        order=locked,
        kind=Kind.CANCEL_REQUESTED,
        text=sentences.CANCELED_BY_SHOPPER.fill()
        if source == OrderEvent.Source.SHOPPER
        else sentences.CANCEL_REQUESTED.fill(actor=actor, reason=reason),
        source=source,
        actor=actor,
    )
    return request


def add_order_note(*, order: Order, text: str, actor: str) -> None:
    """Add a note to our log, and to the NEXT order if there is one.

    NEXT is asked about the order first, so that the note never goes to another store's order of its number.
    Raises Problem if that fails or NEXT rejects the note, which stays in our log.
    """
    log_order_event(
        order=order, kind=Kind.NOTE, text=sentences.NOTE.fill(text=text), source=STAFF, actor=actor
    )
    if not order.next_order_number:
        return
    try:
        sync_order_as_staff(order=order, actor=actor)
        open_next_client(order.store).add_note(order.next_order_number, f"{actor}: {text}")
    except (Conflict, NextApiError) as error:
        raise Problem(
            _("The note is saved here, but not in NEXT Commerce: %(why)s") % {"why": error.message}
        ) from error


def resend_order_notification(*, order: Order, kind: str, actor: str) -> Notification:
    """Queue an email to the shopper again.

    Raises Problem for a kind that can't be resent, Conflict if it doesn't apply or the data was erased.
    """
    require_paid_order(order)
    if kind not in {Notification.Kind.CONFIRMATION, Notification.Kind.SHIPPED}:
        raise Problem(_("This email can't be resent."))
    if kind == Notification.Kind.SHIPPED and not order.has_shipped:
        raise Conflict(_("Nothing in this order has shipped yet."))
    resent_kind = notifications.find_receipt_kind(order) if kind == Notification.Kind.CONFIRMATION else kind
    notification = notifications.resend_notification(order=order, kind=resent_kind)
    log_order_event(
        order=order,
        kind=Kind.NOTIFICATION,
        text=sentences.EMAIL_RESENT.fill(actor=actor, kind=Label.of(Notification.Kind(kind).label)),
        source=STAFF,
        actor=actor,
    )
    return notification


@transaction.atomic
def resend_email(*, notification: Notification, actor: str) -> None:
    """Send one email again, or try one again that could not be delivered.

    Raises Conflict if it is on its way already, is out of date, or has no recipient anymore.
    """
    # Locked, so that of two requests at the same time the later one sees the email that waits.
    order = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=notification.order_id)
    notification.refresh_from_db()
    same = order.notifications.filter(kind=notification.kind, subject_id=notification.subject_id)
    if same.filter(next_try_at__isnull=False).exists():
        raise Conflict(_("This email is already waiting to be sent."))
    if find_email_kind(notification.kind).is_outdated(notification):
        raise Conflict(_("This email is out of date, so it can't be sent again."))
    if notification.sent_at or order.is_erased:
        notifications.resend_notification(
            order=order,
            kind=notification.kind,
            subject_id=notification.subject_id,
            details={name: value for name, value in notification.details.items() if name != TOLD_TOTAL},
        )
    else:  # the same row, which no longer counts as not delivered
        order.notifications.filter(pk=notification.pk).update(next_try_at=timezone.now(), attempts=0)
    log_order_event(
        order=order,
        kind=Kind.NOTIFICATION,
        text=sentences.EMAIL_RESENT.fill(
            actor=actor, kind=Label.of(Notification.Kind(notification.kind).label)
        ),
        source=STAFF,
        actor=actor,
    )


def close_order_review(*, review: OrderReview, actor: str, note: str) -> bool:
    """Close a review, whatever was done about it. Return False if it was already closed.

    Raises Conflict if it is about a payment, which must be accepted, refunded, or dismissed instead.
    """
    if review.is_of_payment:
        raise Conflict(_("Accept, refund, or close this payment on its own page."))
    return resolve_review(review=review, resolution=OrderReview.Resolution.DISMISSED, actor=actor, note=note)
