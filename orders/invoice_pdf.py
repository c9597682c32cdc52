"""Draw invoices and credit notes as PDF, in the shopper's language."""

import datetime

from django.utils import translation
from django.utils.translation import gettext as _
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from orders.invoice_document import InvoiceDocument, build_credit_note, build_order_invoice
from orders.models import CreditNote, Order
from orders.pdf_page import FONT, INK, LINE_HEIGHT, MUTED, PdfPage
from orders.total_rows import RowKind


def render_order_invoice(order: Order) -> bytes:
    """Return the PDF of a paid order's invoice. Needs `store` loaded."""
    with translation.override(order.language):
        return draw_invoice(build_order_invoice(order), changed_at=order.updated_at)


def render_credit_note(note: CreditNote) -> bytes:
    """Return the PDF of a credit note. Needs `order.store` loaded."""
    with translation.override(note.order.language):
        return draw_invoice(build_credit_note(note), changed_at=note.issued_at)


def draw_invoice(document: InvoiceDocument, *, changed_at: datetime.datetime) -> bytes:
    """Return the document as a PDF, in the active language."""
    page = _create_page(document, changed_at)
    _draw_header(page, document)
    _draw_lines(page, document)
    _draw_amounts(page, document)
    _draw_taxes(page, document)
    page.ln(8)
    page.set_font(FONT, size=9)
    page.set_ink(MUTED)
    page.multi_cell(0, LINE_HEIGHT, "\n".join(document.notes))
    return bytes(page.output())


def _create_page(document: InvoiceDocument, changed_at: datetime.datetime) -> PdfPage:
    store, order = document.store, document.order
    address = order.billing_address
    country = order.tax_country or (address and address.country)
    texts = [*store.seller_lines, order.name, *document.billing_lines]
    texts += [line.description for line in document.lines]
    page = PdfPage(country=country or "", texts="".join(texts))
    page.footer_text = " · ".join(filter(None, [store.name, store.host, store.support_email]))
    page.set_title(" ".join(filter(None, (document.title, document.number))))
    page.set_author(store.name)
    page.set_lang(order.language)
    page.set_creation_date(changed_at)
    page.add_page()
    return page


def _draw_header(page: PdfPage, document: InvoiceDocument) -> None:
    page.set_ink(INK)
    page.set_font(FONT, "B", 13)
    page.set_y(page.get_y() + 2)
    if page.draw_logo(document.store):
        page.ln(4)
    name, *details = document.store.seller_lines
    page.multi_cell(page.epw * 0.65, 6, name, align="L", new_x=XPos.LMARGIN)
    page.set_font(FONT, size=9)
    page.multi_cell(page.epw * 0.65, 4.5, "\n".join(details), align="L", new_x=XPos.LMARGIN)
    bottom = page.get_y()
    page.set_y(page.t_margin)
    page.set_font(FONT, size=22)
    page.cell(0, 10, document.title, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_y(max(bottom, page.get_y()) + 12)
    top = page.get_y()
    page.set_font(FONT, size=8)
    page.set_ink(MUTED)
    page.cell(0, LINE_HEIGHT, _("Billed to"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_font(FONT, size=10)
    page.set_ink(INK)
    width = page.epw / 2 - 5
    buyer = "\n".join([*document.billing_lines, document.order.email])
    page.multi_cell(width, LINE_HEIGHT, buyer, align="L", new_x=XPos.LMARGIN)
    bottom = page.get_y()
    page.set_y(top)
    page.set_font(FONT, size=9)
    for label, value in document.facts:
        page.set_x(page.l_margin + page.epw / 2)
        page.set_ink(MUTED)
        page.cell(page.epw * 0.12, LINE_HEIGHT, label)
        page.set_ink(INK)
        page.multi_cell(page.epw * 0.38, LINE_HEIGHT, value, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_y(max(bottom, page.get_y()) + 10)


def _draw_lines(page: PdfPage, document: InvoiceDocument) -> None:
    page.set_font(FONT, size=10)
    page.set_ink(INK)
    heading = FontFace(emphasis="", color=MUTED, size_pt=8)
    amounts = len(document.columns) - 2
    with page.table(
        borders_layout="HORIZONTAL_LINES",
        col_widths=(88 - 18 * amounts, 12, *[18] * amounts),
        text_align=("LEFT", *["RIGHT"] * (amounts + 1)),
        headings_style=heading,
        line_height=LINE_HEIGHT,
        padding=(1.5, 0),
        v_align="TOP",
    ) as table:
        table.row(document.columns)
        for line in document.lines:
            table.row((line.description, *line.cells))
    page.ln(3)


def _draw_amounts(page: PdfPage, document: InvoiceDocument) -> None:
    for row in document.rows:
        page.set_font(FONT, "B" if row.is_sum else "", 10)
        if row.kind == RowKind.NOTE:
            page.cell(0, LINE_HEIGHT + 1, row.label, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            continue
        page.cell(page.epw * 0.7, LINE_HEIGHT + 1, row.label, align="R")
        page.cell(page.epw * 0.3, LINE_HEIGHT + 1, row.value, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _draw_taxes(page: PdfPage, document: InvoiceDocument) -> None:
    """Draw the net amount and the tax of each rate."""
    if not document.taxes:
        return
    page.ln(6)
    page.set_font(FONT, size=9)
    page.set_ink(INK)
    with page.table(
        borders_layout="HORIZONTAL_LINES",
        width=page.epw * 0.6,
        align="RIGHT",
        col_widths=(40, 30, 30),
        text_align=("LEFT", "RIGHT", "RIGHT"),
        headings_style=FontFace(emphasis="", color=MUTED, size_pt=8),
        line_height=LINE_HEIGHT,
        padding=(1, 0),
    ) as table:
        table.row((_("Tax rate"), _("Net amount"), _("Tax")))
        for row in document.taxes:
            table.row(row)
