"""Render a subscription's invoice as a PDF, in the shopper's language.

A paid invoice is its order's: one charge has one document with one number, which lists all that was charged,
however many subscriptions it started.
"""

from django.db.models import prefetch_related_objects
from django.utils import translation
from django.utils.translation import gettext as _

from orders.invoice_document import DocumentLine, InvoiceDocument, list_columns
from orders.invoice_pdf import draw_invoice, render_order_invoice
from orders.total_rows import RowKind, TotalRow
from stores.dates import format_store_day
from stores.money import format_money
from subscriptions.models import Invoice

ENDED = {Invoice.Status.VOID, Invoice.Status.UNCOLLECTIBLE}


def get_invoice_number(invoice: Invoice) -> str:
    """Return the number of a paid invoice, which never changes, or "" for others: they have none yet."""
    return invoice.order.invoice_number if invoice.order else ""


def get_invoice_filename(invoice: Invoice) -> str:
    """Return the name of the PDF file."""
    return f"{get_invoice_number(invoice) or invoice.pk}.pdf"


def render_invoice_pdf(*, invoice: Invoice) -> bytes:
    """Return the PDF. Load the invoice with `store`, `order`, and `subscription.order`."""
    if invoice.order is not None:
        invoice.order.store = invoice.store
        return render_order_invoice(invoice.order)
    order = invoice.subscription.order
    prefetch_related_objects([order], "addresses")
    with translation.override(order.language):
        return draw_invoice(_build_unpaid_invoice(invoice), changed_at=invoice.updated_at)


def _build_unpaid_invoice(invoice: Invoice) -> InvoiceDocument:
    """Return what is to be charged, without a number."""
    note = (
        _("No payment is due.")
        if invoice.status in ENDED
        else _("The invoice gets its number when it is paid.")
    )
    return InvoiceDocument(
        store=invoice.store,
        order=invoice.subscription.order,
        number="",
        title=_("Invoice"),
        facts=[
            (_("Date"), format_store_day(invoice.created_at, invoice.store)),
            (_("Status"), str(invoice.get_status_display()).capitalize()),
        ],
        columns=list_columns(has_rates=False),
        lines=[
            DocumentLine(
                line.description,
                (
                    str(line.quantity),
                    format_money(line.price, invoice.currency),
                    format_money(line.total, invoice.currency),
                ),
            )
            for line in invoice.lines.all()
        ],
        rows=_list_unpaid_rows(invoice),
        notes=[note],
    )


def _list_unpaid_rows(invoice: Invoice) -> list[TotalRow]:
    """Return shipping and tax as one row, since NEXT has not divided them yet, and the total."""
    rest = invoice.amount - invoice.lines_total
    rows = [(RowKind.ADJUSTMENT, _("Shipping and tax"), rest)] if rest else []
    rows.append((RowKind.TOTAL, _("Total") + f" ({invoice.currency})", invoice.amount))
    return [
        TotalRow(kind, label, format_money(amount, invoice.currency), amount) for kind, label, amount in rows
    ]
