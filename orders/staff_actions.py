"""Staff actions on an order: cancel it, add a note, resend an email, close a review."""

from django.utils.translation import gettext as _

from nextcommerce.errors import NextApiError
from orders import notifications
from orders.models import Notification, Order, OrderEvent, OrderReview
from orders.order_log import log_order_event
from orders.refunds import check_before_moving_money, require_paid_order
from orders.reviews import resolve_review
from orders.sync import sync_order_as_staff
from stores.errors import Conflict, Problem
from stores.next_client import open_next_client

STAFF = OrderEvent.Source.STAFF
Kind = OrderEvent.Kind


def cancel_paid_order(*, order: Order, reason: str, full_refund: bool, notify: bool, actor: str) -> None:
    """Cancel a paid order in NEXT, with or without a refund.

    Raises Conflict if it can't be canceled anymore, Problem with NEXT's message if NEXT rejects it.
    """
    require_paid_order(order)
    check_before_moving_money(order=order, actor=actor)
    if order.status == Order.Status.CANCELED:
        raise Conflict(_("This order is already canceled."))
    if order.has_shipped:
        raise Conflict(_("This order has shipped. Refund it instead."))
    log_order_event(
        order=order,
        kind=Kind.CANCEL_REQUESTED,
        text=f"{actor} requested cancellation: {reason}",
        source=STAFF,
        actor=actor,
    )
    body = {"cancel_reason": reason, "full_refund": full_refund, "send_cancel_notification": notify}
    try:
        open_next_client(order.store).cancel_order(order.next_order_number or "", body)
    except NextApiError as error:
        if error.is_ambiguous:
            sync_order_as_staff(order=order, actor=actor)  # NEXT decides whether it was canceled
            order.refresh_from_db()
            if order.status == Order.Status.CANCELED:
                return
        raise Problem(_("NEXT Commerce didn't cancel the order: %(why)s") % {"why": error.message}) from error
    sync_order_as_staff(order=order, actor=actor)


def add_order_note(*, order: Order, text: str, actor: str) -> None:
    """Add a note to our log, and to the NEXT order if there is one.

    NEXT is asked about the order first, so that the note never goes to another store's order of its number.
    Raises Problem if that fails or NEXT rejects the note, which stays in our log.
    """
    log_order_event(order=order, kind=Kind.NOTE, text=text, source=STAFF, actor=actor)
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
        text=f"{actor} resent the {kind} email.",
        source=STAFF,
        actor=actor,
    )
    return notification


def close_order_review(*, review: OrderReview, actor: str, note: str) -> bool:
    """Close a review, whatever was done about it. Return False if it was already closed.

    Raises Conflict if it is about a payment, which must be accepted, refunded, or dismissed instead.
    """
    if review.is_of_payment:
        raise Conflict(_("Accept, refund, or close this payment on its own page."))
    return resolve_review(review=review, resolution=OrderReview.Resolution.DISMISSED, actor=actor, note=note)
