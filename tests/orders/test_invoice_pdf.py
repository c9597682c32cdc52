"""The PDF of an invoice: any name can be written, and its sums are the order's."""

import io
from decimal import Decimal

import pytest
from pypdf import PdfReader

from subscriptions.invoice_pdf import render_invoice_pdf
from tests.factories import make_invoice, make_order, make_store

pytestmark = pytest.mark.any_database


@pytest.fixture
def order(db):
    return make_order(make_store())


def read(invoice):
    """Its pages, each as its text without spaces."""
    reader = PdfReader(io.BytesIO(render_invoice_pdf(invoice=invoice)))
    return ["".join(page.extract_text().split()) for page in reader.pages]


def test_any_name_can_be_written(order):
    order.name = "Łukasz Žižek-Ñandú Αθηνά Кирова 山田 太郎 김철수 😀 Lovelace" + "a" * 180

    (page,) = read(make_invoice(order))

    for written in ("ŁukaszŽižek-Ñandú", "ΑθηνάКирова", "山田太郎", "김철수", "Lovelace", "a" * 10):
        assert written in page


def test_a_long_name_of_the_shop_is_broken_into_lines(order):
    order.store.name = "The lamp house at the harbour, " * 3
    reader = PdfReader(io.BytesIO(render_invoice_pdf(invoice=make_invoice(order))))

    lines = reader.pages[0].extract_text().splitlines()

    assert sum("harbour" in line for line in lines) == 3  # two at the head, one at the foot


def test_letters_that_join_and_run_from_right_to_left_are_drawn(order):
    order.name = "محمد بن علي"

    assert len(read(make_invoice(order))) == 1


def test_delivery_tax_total_and_refunds_are_shown(order):
    order.tax_total, order.total = Decimal("4.10"), Decimal("58.10")
    order.refunds = [{"amount": "10.00", "note": "", "at": None}]

    (page,) = read(make_invoice(order))

    assert "Shipping$5.00Tax$4.10Total(USD)$58.10Refunded−$10.00" in page


def test_an_invoice_of_a_part_of_its_order_says_so(order):
    (page,) = read(make_invoice(order, amount=Decimal("49.00")))

    assert "Total(USD)$49.00" in page
    assert f"Partoforder{order.number}for$54.00." in page


def test_an_open_invoice_has_its_own_number_and_no_day_of_payment(order):
    invoice = make_invoice(order)
    invoice.order, invoice.status = None, "open"

    (page,) = read(invoice)

    assert invoice.pk in page
    assert "StatusOpen" in page
    assert "Paidon" not in page


def test_many_lines_go_on_on_the_next_page_under_the_same_heading(order):
    invoice = make_invoice(order)
    invoice.lines = invoice.lines * 30

    pages = read(invoice)

    assert len(pages) == 2
    assert all("ProductQuantityPriceTotal" in page for page in pages)
    assert pages[1].endswith("2/2")


@pytest.mark.parametrize(("country", "width"), [("US", 612), ("DE", 595)])
def test_the_paper_is_that_of_the_country(order, country, width):
    order.tax_region = {"country": country}

    reader = PdfReader(io.BytesIO(render_invoice_pdf(invoice=make_invoice(order))))

    assert int(reader.pages[0].mediabox.width) == width
