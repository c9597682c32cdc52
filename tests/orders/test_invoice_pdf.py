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


def test_invoice_shows_shipping_tax_total_and_refunds(order):
    order.tax_total, order.total = Decimal("4.10"), Decimal("58.10")
    make_refund(order, amount="10.00")

    (page,) = read_pages(make_invoice(order))

    assert "Shipping$5.00Tax$4.10Total(USD)$58.10Refunded−$10.00" in page


def test_partial_invoice_names_its_order(order):
    (page,) = read_pages(make_invoice(order, amount=Decimal("49.00")))

    assert "Total(USD)$49.00" in page
    assert f"Partoforder{order.number}for$54.00." in page


def test_open_invoice_has_its_own_number_and_no_payment_date(order):
    invoice = make_invoice(order)
    invoice.order, invoice.status = None, "open"

    (page,) = read_pages(invoice)

    assert invoice.pk in page
    assert "StatusOpen" in page
    assert "Paidon" not in page


def test_long_invoice_repeats_the_heading_on_each_page(order):
    invoice = make_invoice(order)
    for _ in range(29):
        invoice.lines.create(name="Desk lamp", title="Black", quantity=1, price=49)

    pages = read_pages(invoice)

    assert len(pages) == 2
    assert all("ProductQuantityPriceTotal" in page for page in pages)
    assert pages[1].endswith("2/2")


@pytest.mark.parametrize(("country", "width"), [("US", 612), ("DE", 595)])
def test_paper_size_follows_the_country(order, country, width):
    order.tax_country = country

    reader = PdfReader(io.BytesIO(render_invoice_pdf(invoice=make_invoice(order))))

    assert int(reader.pages[0].mediabox.width) == width
