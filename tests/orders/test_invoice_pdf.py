"""The PDF invoice: names in any script, and the order's amounts."""

import io
from decimal import Decimal

import pytest
from pypdf import PdfReader

from subscriptions.invoice_pdf import render_invoice_pdf
from tests.factories import make_invoice, make_order, make_refund, make_store

pytestmark = pytest.mark.any_database


@pytest.fixture
def order(db):
    return make_order(make_store())


def read_pages(invoice):
    """Return the text of each page, without spaces."""
    reader = PdfReader(io.BytesIO(render_invoice_pdf(invoice=invoice)))
    return ["".join(page.extract_text().split()) for page in reader.pages]


def test_names_in_any_script_are_rendered(order):
    order.name = "Łukasz Žižek-Ñandú Αθηνά Кирова 山田 太郎 김철수 😀 Lovelace" + "a" * 180

    (page,) = read_pages(make_invoice(order))

    for written in ("ŁukaszŽižek-Ñandú", "ΑθηνάКирова", "山田太郎", "김철수", "Lovelace", "a" * 10):
        assert written in page


def test_long_store_name_wraps(order):
    order.store.name = "The lamp house at the harbour, " * 3
    reader = PdfReader(io.BytesIO(render_invoice_pdf(invoice=make_invoice(order))))

    lines = reader.pages[0].extract_text().splitlines()

    assert sum("harbour" in line for line in lines) == 3  # two in the header, one in the footer


def test_right_to_left_names_are_rendered(order):
    order.name = "محمد بن علي"

    assert len(read_pages(make_invoice(order))) == 1


def test_invoice_shows_shipping_tax_total_net_and_refunds(order):
    order.tax_total, order.total = Decimal("4.10"), Decimal("58.10")
    make_refund(order, amount="10.00")

    (page,) = read_pages(make_invoice(order))

    assert (
        "Subtotal$49.00Shipping$5.00Tax$4.10Total(USD)$58.10Netamountwithouttax:$54.00"
        "Refunded−$10.00Totalafterrefunds$48.10" in page
    )


def test_invoice_names_the_seller(order):
    order.store.legal_name, order.store.tax_id = "Lamp House GmbH", "DE123456789"
    order.store.invoice_address = "Hauptstraße 1\r\n10115 Berlin"

    (page,) = read_pages(make_invoice(order))

    assert page.startswith("LampHouseGmbHHauptstraße110115BerlinDE123456789")


def test_paid_invoice_bills_the_whole_order(order):
    """One charge has one invoice, also if the subscription's part of it is smaller."""
    order.items.create(product_id="p", variant_id="v", name="Light bulb", quantity=1, unit_price="7.50")

    (page,) = read_pages(make_invoice(order, amount=Decimal("49.00")))

    assert "Desklamp" in page
    assert "Lightbulb1$7.50$7.50" in page
    assert "Total(USD)$54.00" in page


def test_open_invoice_has_no_number_and_no_payment_date(order):
    invoice = make_invoice(order)
    invoice.order, invoice.status = None, "open"

    (page,) = read_pages(invoice)

    assert "Number" not in page
    assert "Theinvoicegetsitsnumberwhenitispaid." in page
    assert "StatusOpen" in page
    assert "Paidon" not in page


def test_long_invoice_repeats_the_heading_on_each_page(order):
    invoice = make_invoice(order)
    for _ in range(29):
        order.items.create(product_id="p", variant_id="v", name="Lamp", quantity=1, unit_price=49)

    pages = read_pages(invoice)

    assert len(pages) == 2
    assert all("ProductQuantityPriceTotal" in page for page in pages)
    assert pages[1].endswith("2/2")


@pytest.mark.parametrize(("country", "width"), [("US", 612), ("DE", 595)])
def test_paper_size_follows_the_country(order, country, width):
    order.tax_country = country

    reader = PdfReader(io.BytesIO(render_invoice_pdf(invoice=make_invoice(order))))

    assert int(reader.pages[0].mediabox.width) == width
