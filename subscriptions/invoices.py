"""What merchants can do with an invoice: find it, void it, and email it."""

import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import notifications
from orders.models import Notification
from stores.errors import Conflict, Problem
from stores.lookups import get_or_not_found
from stores.models import Store
from subscriptions.models import Invoice
from subscriptions.services import write_off_charge

Status = Invoice.Status
# A second request within this time counts as the same one.
DUPLICATE_SEND_WINDOW = datetime.timedelta(minutes=1)


def list_invoices(store: Store) -> QuerySet[Invoice]:
    """Return the store's invoices, with the related rows that are shown."""
    return (
        Invoice.objects.filter(store=store)
        .select_related("store", "subscription__order", "order")
        .prefetch_related("lines", "subscription__lines")
    )


def find_invoice(*, store: Store, invoice_id: str) -> Invoice:
    """Return one invoice. Raises NotFound."""
    return get_or_not_found(list_invoices(store), _("Invoice not found."), pk=invoice_id)


def void_invoice(*, invoice: Invoice) -> Invoice:
    """Void an open invoice, so that its charge is no longer retried. Idempotent.

    Raises Conflict if it isn't open or NEXT Commerce refuses, and Problem (503) if NEXT Commerce can't be
    reached; the invoice is then voided as soon as it can be.
    """
    if invoice.status == Status.VOID:
        return invoice
    if invoice.status == Status.PAID:
        raise Conflict(_("A paid invoice can't be voided. Refund its order instead."))
    if invoice.status != Status.OPEN:
        raise Conflict(_("The subscription has ended, so this invoice will no longer be charged."))
    write_off_charge(subscription=invoice.subscription)
    invoice.refresh_from_db(fields=["status", "voided_at", "updated_at"])
    if invoice.status == Status.OPEN:
        raise Problem(
            _("NEXT Commerce can't be reached right now. The invoice will be voided as soon as it can be."),
            code="store_unreachable",
            status=503,
        )
    return invoice


def send_invoice(*, invoice: Invoice) -> Invoice:
    """Email the invoice to the shopper as a PDF. Requests within a minute send only one email.

    Raises Conflict if the shopper's data was erased.
    """
    now = timezone.now()
    with transaction.atomic():
        # Locked, so that two simultaneous requests see each other.
        Invoice.objects.select_for_update(no_key=True).get(pk=invoice.pk)
        sent_before = Notification.objects.filter(
            # By order, which is indexed. The invoice may not have had its own order before.
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
