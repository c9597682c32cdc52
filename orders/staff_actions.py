"""What staff do with an order: each calls the store, then mirrors what it says."""

from django.db import transaction
from django.utils.translation import gettext as _

from nextcommerce.errors import NextApiError
from orders import notifications
from orders.models import Notification, Order, OrderEvent
from orders.order_log import log_order_event
from orders.refunds import require_paid_order, resolve_unclear_refund, sync_order_as_staff
from stores.errors import Conflict, Problem
from stores.next_client import open_next_client

STAFF = OrderEvent.Source.STAFF


def cancel_paid_order(*, order: Order, reason: str, full_refund: bool, notify: bool, actor: str) -> None:
    """Cancel a paid order in the store, with its money or without.

    Errors: Conflict where that cannot be any more, Problem with the store's words.
    """
    require_paid_order(order)
    resolve_unclear_refund(order=order)
    order.refresh_from_db()
    if order.status == Order.Status.CANCELED:
        raise Conflict(_("This order is canceled already."))
    if order.has_shipped:
        raise Conflict(_("This order has been sent. Refund it instead."))
    log_order_event(
        order=order, kind="cancel_requested", text=f"{actor} cancels: {reason}", source=STAFF, actor=actor
    )
    body = {"cancel_reason": reason, "full_refund": full_refund, "send_cancel_notification": notify}
    try:
        open_next_client(order.store).cancel_order(order.next_order_number or "", body)
    except NextApiError as error:
        if error.is_ambiguous:
            sync_order_as_staff(order=order, actor=actor)  # what the store says wins
            order.refresh_from_db()
            if order.status == Order.Status.CANCELED:
                return
        raise Problem(_("The store did not cancel: %(why)s") % {"why": error.message}) from error
    sync_order_as_staff(order=order, actor=actor)


def add_order_note(*, order: Order, text: str, actor: str) -> None:
    """Write a note into our log, and beside the store's order where there is one.

    Errors: Problem where the store did not take it; ours is kept.
    """
    log_order_event(order=order, kind="note", text=text, source=STAFF, actor=actor)
    if not order.next_order_number:
        return
    try:
        open_next_client(order.store).add_note(order.next_order_number, f"{actor}: {text}")
    except NextApiError as error:
        raise Problem(
            _("The note is kept here, but the store did not take it: %(why)s") % {"why": error.message}
        ) from error


def resend_order_notification(*, order: Order, kind: str, actor: str) -> Notification:
    """Queue a mail to the shopper once more. Errors: Conflict where there is nothing, or nobody, to tell."""
    require_paid_order(order)
    if kind not in {Notification.Kind.CONFIRMATION, Notification.Kind.SHIPPED}:
        raise Problem(_("There is no such mail."))
    if kind == Notification.Kind.SHIPPED and not order.has_shipped:
        raise Conflict(_("Nothing of this order has been sent yet."))
    queued = notifications.resend_notification(order=order, kind=kind)
    log_order_event(
        order=order,
        kind="notification",
        text=f"{actor} had the {kind} mailed again.",
        source=STAFF,
        actor=actor,
    )
    return queued


@transaction.atomic
def resolve_order_review(*, order: Order, actor: str, note: str) -> None:
    """End a review: somebody has seen to it, and the shopper may be told. Twice changes nothing."""
    reason = order.review_reason
    if Order.objects.filter(pk=order.pk).exclude(review_reason="").update(review_reason=""):
        log_order_event(
            order=order,
            kind="reviewed",
            text=f"{actor} ended the review ({reason}). {note}".strip(),
            source=STAFF,
            actor=actor,
        )
        order.refresh_from_db()
        notifications.queue_withheld_notifications(order)
