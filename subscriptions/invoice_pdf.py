"""Render an invoice as a PDF, in the shopper's language.

A paid invoice is its order's: one charge has one document with one number, which lists all that was charged,
however many subscriptions it started.
"""

import datetime
from collections.abc import Iterable
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import prefetch_related_objects
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from orders.invoices import list_invoice_rows
from orders.models import Order
from orders.pdf_page import FONT, INK, LINE_HEIGHT, MUTED, PdfPage
from orders.presentation import format_address_lines
from orders.total_rows import RowKind, TotalRow
from stores.money import format_money
from subscriptions.models import Invoice, InvoiceLine

LabeledRows = list[tuple[str, str]]


def get_invoice_number(invoice: Invoice) -> str:
    """Return the number of a paid invoice, which never changes, or "" for others: they have none yet."""
    return invoice.order.invoice_number if invoice.order else ""


def get_invoice_filename(invoice: Invoice) -> str:
    """Return the name of the PDF file."""
    return f"{get_invoice_number(invoice) or invoice.pk}.pdf"


def render_invoice_pdf(*, invoice: Invoice) -> bytes:
    """Return the PDF. Load the invoice with `store`, `order`, and `subscription.order`."""
    order = invoice.order or invoice.subscription.order
    prefetch_related_objects([order], "addresses")
    with translation.override(order.language):
        page = _create_page(invoice, order)
        _draw_header(page, invoice, order)
        _draw_lines(page, invoice)
        _draw_amounts(page, _total_rows(invoice))
        _draw_notes(page, invoice)
        return bytes(page.output())


def _create_page(invoice: Invoice, order: Order) -> PdfPage:
    store = invoice.store
    address = order.billing_address
    country = order.tax_country or (address and address.country)
    texts = [*store.seller_lines, order.name, *_billing_lines(order)]
    texts += [line.description for line in _list_lines(invoice)]
    page = PdfPage(country=country or "", texts="".join(texts))
    page.footer_text = " · ".join(filter(None, [store.name, store.host, store.support_email]))
    page.set_title(" ".join(filter(None, (_("Invoice"), get_invoice_number(invoice)))))
    page.set_author(store.name)
    page.set_lang(order.language)
    page.set_creation_date(invoice.updated_at)
    page.add_page()
    return page


def _billing_lines(order: Order) -> list[str]:
    lines = format_address_lines(order.billing_address) or format_address_lines(order.shipping_address)
    return lines if order.name in lines else [order.name, *lines]


def _draw_header(page: PdfPage, invoice: Invoice, order: Order) -> None:
    page.set_ink(INK)
    page.set_font(FONT, "B", 13)
    page.set_y(page.get_y() + 2)
    if page.draw_logo(invoice.store):
        page.ln(4)
    name, *details = invoice.store.seller_lines
    page.multi_cell(page.epw * 0.65, 6, name, align="L", new_x=XPos.LMARGIN)
    page.set_font(FONT, size=9)
    page.multi_cell(page.epw * 0.65, 4.5, "\n".join(details), align="L", new_x=XPos.LMARGIN)
    bottom = page.get_y()
    page.set_y(page.t_margin)
    page.set_font(FONT, size=22)
    page.cell(0, 10, _("Invoice"), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_y(max(bottom, page.get_y()) + 12)
    top = page.get_y()
    page.set_font(FONT, size=8)
    page.set_ink(MUTED)
    page.cell(0, LINE_HEIGHT, _("Billed to"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_font(FONT, size=10)
    page.set_ink(INK)
    width = page.epw / 2 - 5
    page.multi_cell(
        width, LINE_HEIGHT, "\n".join([*_billing_lines(order), order.email]), align="L", new_x=XPos.LMARGIN
    )
    bottom = page.get_y()
    page.set_y(top)
    page.set_font(FONT, size=9)
    for name, value in _header_rows(invoice):
        page.set_x(page.l_margin + page.epw / 2)
        page.set_ink(MUTED)
        page.cell(page.epw * 0.12, LINE_HEIGHT, name)
        page.set_ink(INK)
        page.multi_cell(page.epw * 0.38, LINE_HEIGHT, value, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_y(max(bottom, page.get_y()) + 10)


def _header_rows(invoice: Invoice) -> LabeledRows:
    number, order = get_invoice_number(invoice), invoice.order
    rows = [(_("Number"), number)] if number else []
    issued_at = order.paid_at if order and order.paid_at else invoice.created_at
    rows.append((_("Date"), _format_invoice_date(invoice, issued_at)))
    if order:
        rows.append((_("Order"), order.number))
    if invoice.status == Invoice.Status.PAID and invoice.paid_at:
        rows.append((_("Paid on"), _format_invoice_date(invoice, invoice.paid_at)))
    else:
        rows.append((_("Status"), str(invoice.get_status_display()).capitalize()))
    return rows


def _format_invoice_date(invoice: Invoice, moment: datetime.datetime) -> str:
    return date_format(moment.astimezone(ZoneInfo(invoice.store.time_zone)), "DATE_FORMAT")


def _draw_lines(page: PdfPage, invoice: Invoice) -> None:
    page.set_font(FONT, size=10)
    page.set_ink(INK)
    heading = FontFace(emphasis="", color=MUTED, size_pt=8)
    with page.table(
        borders_layout="HORIZONTAL_LINES",
        col_widths=(52, 12, 18, 18),
        text_align=("LEFT", "RIGHT", "RIGHT", "RIGHT"),
        headings_style=heading,
        line_height=LINE_HEIGHT,
        padding=(1.5, 0),
        v_align="TOP",
    ) as table:
        table.row((_("Product"), _("Quantity"), _("Price"), _("Total")))
        for line in _list_lines(invoice):
            amounts = (
                _format_invoice_amount(invoice, line.price),
                _format_invoice_amount(invoice, line.total),
            )
            table.row((line.description, str(line.quantity), *amounts))
    page.ln(3)


def _list_lines(invoice: Invoice) -> list[InvoiceLine]:
    """Return what was charged with the order of a paid invoice, or what is to be charged."""
    if invoice.order is None:
        return list(invoice.lines.all())
    return [
        InvoiceLine(name=item.name, title=item.title, quantity=item.quantity, price=item.unit_price)
        for item in invoice.order.items.all()
        if item.quantity
    ]


def _total_rows(invoice: Invoice) -> list[TotalRow]:
    """Return the order's own rows, or, before there is an order, shipping and tax as one."""
    if invoice.order is not None:
        return list_invoice_rows(invoice.order)
    rest = invoice.amount - invoice.lines_total
    rows = [(RowKind.ADJUSTMENT, _("Shipping and tax"), rest)] if rest else []
    rows.append((RowKind.TOTAL, _("Total") + f" ({invoice.currency})", invoice.amount))
    return [
        TotalRow(kind, label, _format_invoice_amount(invoice, amount), amount) for kind, label, amount in rows
    ]


def _draw_amounts(page: PdfPage, rows: Iterable[TotalRow]) -> None:
    for row in rows:
        page.set_font(FONT, "B" if row.is_sum else "", 10)
        if row.kind == RowKind.NOTE:
            page.cell(0, LINE_HEIGHT + 1, row.label, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            continue
        page.cell(page.epw * 0.7, LINE_HEIGHT + 1, row.label, align="R")
        page.cell(page.epw * 0.3, LINE_HEIGHT + 1, row.value, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _draw_notes(page: PdfPage, invoice: Invoice) -> None:
    order, notes = invoice.order, []
    if order is None:
        notes.append(_("The invoice gets its number when it is paid."))
    if invoice.status in {Invoice.Status.VOID, Invoice.Status.UNCOLLECTIBLE}:
        notes = [_("No payment is due.")]
    if order and order.is_test:
        notes.append(_("Test order"))
    page.ln(8)
    page.set_font(FONT, size=9)
    page.set_ink(MUTED)
    page.multi_cell(0, LINE_HEIGHT, "\n".join(notes))


def _format_invoice_amount(invoice: Invoice, amount: Decimal) -> str:
    return format_money(amount, invoice.currency)
