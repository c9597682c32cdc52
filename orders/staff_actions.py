"""What staff do with an order: each calls the store, then mirrors what it says."""

from django.db import transaction
from django.utils.translation import gettext as _

from nextcommerce.client import AdminApi
from nextcommerce.errors import AdminApiError
from orders import notifications
from orders.models import Mail, Order, OrderEvent
from orders.order_log import log
from orders.refunds import finish_unclear, refresh, require_paid
from stores.errors import Conflict, Problem

STAFF = OrderEvent.Source.STAFF


def cancel(*, order: Order, reason: str, full_refund: bool, notify: bool, actor: str) -> None:
    """Cancel a paid order in the store, with its money or without.

    Errors: Conflict where that cannot be any more, Problem with the store's words.
    """
    require_paid(order)
    finish_unclear(order=order)
    order.refresh_from_db()
    if order.status == Order.Status.CANCELED:
        raise Conflict(_("This order is canceled already."))
    if order.is_sent:
        raise Conflict(_("This order has been sent. Refund it instead."))
    log(order=order, kind="cancel asked", text=f"{actor} cancels: {reason}", source=STAFF, actor=actor)
    body = {"cancel_reason": reason, "full_refund": full_refund, "send_cancel_notification": notify}
    try:
        AdminApi(order.store).cancel_order(order.store_order_number or "", body)
    except AdminApiError as error:
        if error.ambiguous:
            refresh(order=order, actor=actor)  # what the store says wins
            order.refresh_from_db()
            if order.status == Order.Status.CANCELED:
                return
        raise Problem(_("The store did not cancel: %(why)s") % {"why": error.message}) from error
    refresh(order=order, actor=actor)


def add_note(*, order: Order, text: str, actor: str) -> None:
    """Write a note into our log, and beside the store's order where there is one.

    Errors: Problem where the store did not take it; ours is kept.
    """
    log(order=order, kind="note", text=text, source=STAFF, actor=actor)
    if not order.store_order_number:
        return
    try:
        AdminApi(order.store).add_note(order.store_order_number, f"{actor}: {text}")
    except AdminApiError as error:
        raise Problem(
            _("The note is kept here, but the store did not take it: %(why)s") % {"why": error.message}
        ) from error


def resend(*, order: Order, kind: str, actor: str) -> Mail:
    """Queue a mail to the shopper once more. Errors: Conflict where there is nothing, or nobody, to tell."""
    require_paid(order)
    if kind not in {Mail.Kind.CONFIRMATION, Mail.Kind.DISPATCH}:
        raise Problem(_("There is no such mail."))
    if kind == Mail.Kind.DISPATCH and not order.is_sent:
        raise Conflict(_("Nothing of this order has been sent yet."))
    queued = notifications.send_again(order=order, kind=kind)
    log(order=order, kind="mail", text=f"{actor} had the {kind} mailed again.", source=STAFF, actor=actor)
    return queued


@transaction.atomic
def clear_review(*, order: Order, actor: str, note: str) -> None:
    """End a review: somebody has seen to it, and the shopper may be told. Twice changes nothing."""
    reason = order.review_reason
    if Order.objects.filter(pk=order.pk).exclude(review_reason="").update(review_reason=""):
        log(
            order=order,
            kind="reviewed",
            text=f"{actor} ended the review ({reason}). {note}".strip(),
            source=STAFF,
            actor=actor,
        )
        order.refresh_from_db()
        notifications.queue_withheld(order)
