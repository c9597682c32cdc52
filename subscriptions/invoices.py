"""What a merchant does with an invoice: look at it, let it go, have it mailed."""

import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import notifications
from orders.models import Notification
from stores.errors import Conflict, NotFound, Problem
from stores.models import Store
from subscriptions.models import Invoice
from subscriptions.services import write_off_charge

Status = Invoice.Status
# A second click within this time is the same click.
DUPLICATE_SEND_WINDOW = datetime.timedelta(minutes=1)


def list_invoices(store: Store) -> QuerySet[Invoice]:
    """Return the store's invoices, with all that is shown of them."""
    return Invoice.objects.filter(store=store).select_related("store", "subscription__order", "order")


def find_invoice(*, store: Store, invoice_id: str) -> Invoice:
    """Return one invoice. Errors: NotFound."""
    invoice = list_invoices(store).filter(pk=invoice_id).first()
    if invoice is None:
        raise NotFound(_("No such invoice."))
    return invoice


def void_invoice(*, invoice: Invoice) -> Invoice:
    """Let an open invoice go: the store tries its charge no more. Twice is as good as once.

    Errors: Conflict where it is not open, or the store refuses; Problem 503 where the store is not reached,
    and then it is voided as soon as it is.
    """
    if invoice.status == Status.VOID:
        return invoice
    if invoice.status == Status.PAID:
        raise Conflict(_("A paid invoice cannot be voided; refund its order instead."))
    if invoice.status != Status.OPEN:
        raise Conflict(_("Its subscription has ended, and nothing is charged for this invoice any more."))
    write_off_charge(subscription=invoice.subscription)
    invoice.refresh_from_db(fields=["status", "voided_at", "updated_at"])
    if invoice.status == Status.OPEN:
        raise Problem(
            _("The store was not reached; the invoice is voided as soon as it is."),
            code="store_unreachable",
            status=503,
        )
    return invoice


def send_invoice(*, invoice: Invoice) -> Invoice:
    """Have the invoice mailed to the shopper as a PDF; clicks within a minute send one mail.

    Errors: Conflict where the shopper's data was erased.
    """
    now = timezone.now()
    with transaction.atomic():
        # The row is held, so that two clicks see each other.
        Invoice.objects.select_for_update().get(pk=invoice.pk)
        sent_before = Notification.objects.filter(
            # By its orders, which are indexed: the first click may have come before the invoice had its own.
            order__in=[invoice.order_id or "", invoice.subscription.order_id],
            subject_id=invoice.pk,
            created_at__gt=now - DUPLICATE_SEND_WINDOW,
        )
        if not sent_before.exists():
            order = invoice.order or invoice.subscription.order
            notifications.resend_notification(
                order=order, kind=Notification.Kind.INVOICE, subject_id=invoice.pk
            )
    return invoice
