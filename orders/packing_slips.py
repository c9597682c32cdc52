"""Packing slips of many orders as one PDF, each in its shopper's language and from its own page on."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from orders.models import Order
from orders.pdf_page import FONT, INK, LINE_HEIGHT, MUTED, PdfPage, needs_shaping
from orders.presentation import Parcel, format_address_lines, list_parcel_items
from orders.unshipped_items import list_items_to_ship
from stores.dates import format_store_day


@dataclass(frozen=True)
class PackingSlips:
    """The document, and of how many orders."""

    pdf: bytes
    count: int


class PackingSlipPage(PdfPage):
    """Counts the pages of each order by themselves."""

    number = ""
    first_page = 1

    def get_page_label(self) -> str:
        return f"{self.number} · {self.page_no() - self.first_page + 1}"


def has_parcel_to_pack(order: Order) -> bool:
    """Return True if the order is paid and something of it is still to ship."""
    return order.is_paid and order.status in Order.TO_SHIP_STATUSES and bool(list_items_to_ship(order))


def render_packing_slips(orders: Sequence[Order]) -> PackingSlips | None:
    """Return the slips of the orders of which something is to ship; None if there is none.

    Load the orders with `store`, `items`, `addresses`, and `shipments__items`.
    """
    parcels = [(order, list_parcel_items(order)) for order in orders if has_parcel_to_pack(order)]
    if not parcels:
        return None
    texts = "".join(map(_text_of, parcels))
    page = PackingSlipPage(
        country=parcels[0][0].store.home_country, texts=texts, is_shaped=needs_shaping(texts)
    )
    page.set_title(_("Packing slips"))
    for order, parcel in parcels:
        with translation.override(order.language):
            _draw_slip(page, order, parcel)
    return PackingSlips(pdf=bytes(page.output()), count=len(parcels))


def _text_of(entry: tuple[Order, Parcel]) -> str:
    """Return all text of a slip that isn't ours."""
    order, parcel = entry
    texts = [order.store.name, order.shipping_method, *format_address_lines(order.shipping_address)]
    texts += [f"{item.name}{item.title}{item.sku}{item.custom_text}" for item, _quantity in parcel]
    return "".join(texts)


def _draw_slip(page: PackingSlipPage, order: Order, parcel: Parcel) -> None:
    store = order.store
    # First, because the footer of the page before is drawn with it.
    page.add_page()
    page.number, page.first_page = order.number, page.page_no()
    page.footer_text = " · ".join(filter(None, [store.name, store.host, store.support_email]))
    page.set_ink(INK)
    page.set_font(FONT, "B", 13)
    if not page.draw_logo(store):
        page.cell(0, 8, store.name, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.ln(10)
    page.set_font(FONT, size=11)
    page.multi_cell(
        page.epw * 0.6,
        LINE_HEIGHT,
        "\n".join(format_address_lines(order.shipping_address)),
        align="L",
        new_x=XPos.LMARGIN,
    )
    page.ln(12)
    page.set_font(FONT, "B", 16)
    page.cell(0, 8, _("Packing slip"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_font(FONT, size=10)
    placed = {"number": order.number, "date": format_store_day(order.created_at, store)}
    facts = [_("Order %(number)s, placed %(date)s") % placed, order.shipping_method]
    page.multi_cell(0, LINE_HEIGHT, " · ".join(filter(None, facts)), align="L", new_x=XPos.LMARGIN)
    page.ln(4)
    _draw_parcel(page, parcel)


def _draw_parcel(page: PackingSlipPage, parcel: Parcel) -> None:
    with page.table(
        borders_layout="HORIZONTAL_LINES",
        col_widths=(14, 62, 24),
        text_align=("RIGHT", "LEFT", "LEFT"),
        headings_style=FontFace(emphasis="", color=MUTED, size_pt=8),
        line_height=LINE_HEIGHT,
        padding=(1.5, 2),
        v_align="TOP",
    ) as table:
        table.row((_("Quantity"), _("Product"), _("SKU")))
        for item, quantity in parcel:
            name = ", ".join(filter(None, (item.name, item.title)))
            text = f"{name}\n“{item.custom_text}”" if item.custom_text else name
            table.row((str(quantity), text, item.sku))
