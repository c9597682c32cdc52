"""Invoices and credit notes that shoppers download: numbered without gaps, with net and tax by rate."""

import io
from decimal import Decimal

import pytest
from django.test import Client
from pypdf import PdfReader

from orders.credit_notes import issue_credit_note
from orders.invoice_document import divide_net
from orders.models import CreditNote, Order
from orders.sync import sync_order_as_staff
from orders.total_rows import TaxLine
from tests.factories import make_order, make_store

pytestmark = pytest.mark.any_database


def read_pdf(path):
    """Return the text of the document at the address, without spaces."""
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return "".join(
        "".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(answer.content)).pages
    )


@pytest.fixture
def taxed_order(db):
    """Return a paid order of 119.00 with 19 % included."""
    store = make_store(currency="EUR", legal_name="Lamp House GmbH", tax_id="DE123456789")
    return make_order(
        store,
        invoice_number="INV-2026-00001",
        items_total=Decimal("119.00"),
        shipping_total=Decimal(0),
        included_tax_total=Decimal("19.00"),
        tax_lines=[{"name": "VAT", "rate": 19, "amount": Decimal("19.00"), "is_included": True}],
        items=[{"quantity": 2, "unit_price": Decimal("59.50")}],
        billing_address={"name": "Ada Lovelace", "line1": "Hauptstr. 1", "city": "Berlin", "country": "DE"},
    )


def test_invoice_has_what_the_eu_asks_for(taxed_order):
    page = Client().get(taxed_order.get_absolute_url()).text
    assert "Invoice INV-2026-00001 (PDF)" in page

    text = read_pdf(f"{taxed_order.get_absolute_url()}/invoice.pdf")

    assert text.startswith("LampHouseGmbHDE123456789")
    assert "NumberINV-2026-00001" in text
    assert "AdaLovelaceHauptstr.1" in text
    assert "Desklamp,Black2€50.0019%€59.50€119.00" in text
    assert "TaxrateNetamountTaxVAT(19%)€100.00€19.00" in text


def test_unpaid_or_erased_order_has_no_invoice(taxed_order):
    path = f"{taxed_order.get_absolute_url()}/invoice.pdf"
    Order.objects.update(invoice_number="")
    assert Client().get(path).status_code == 404
    Order.objects.update(invoice_number="INV-2026-00001", email="")

    assert Client().get(path).status_code == 404
    assert "invoice.pdf" not in Client().get(taxed_order.get_absolute_url()).text


def test_refund_gets_a_credit_note_that_names_the_invoice(order, shop):
    shop.sandbox.edit_order(order.next_order_number, refund={"amount": "10.00"})
    for _ in range(2):
        sync_order_as_staff(order=order)
    shop.sandbox.edit_order(order.next_order_number, refund={"amount": "3.00"})
    sync_order_as_staff(order=order)

    notes = list(CreditNote.objects.all())
    assert [(note.number[-6:], note.amount) for note in notes] == [
        ("-00001", Decimal("10.00")),
        ("-00002", Decimal("3.00")),
    ]
    order.refresh_from_db()
    text = read_pdf(f"{order.get_absolute_url()}/credit-notes/{notes[0].number}.pdf")
    assert f"Refundforinvoice{order.invoice_number}1$10.00$10.00" in text


@pytest.mark.parametrize(
    ("refunded", "amounts"),
    [
        (["10.00", "10.00", "25.00"], ["10.00", "15.00"]),
        (["10.00", "4.00", "8.00", "12.00"], ["10.00", "2.00"]),
        (["500.00"], ["119.00"]),
    ],
    ids=["told twice", "taken back and refunded again", "more than was paid"],
)
def test_credit_notes_add_up_to_what_was_refunded(taxed_order, refunded, amounts):
    for amount in refunded:
        taxed_order.refunded_amount = Decimal(amount)
        issue_credit_note(taxed_order)

    assert [str(note.amount) for note in CreditNote.objects.all()] == amounts


def test_credit_note_divides_tax_like_its_invoice(taxed_order):
    taxed_order.refunded_amount = Decimal("59.50")
    issue_credit_note(taxed_order)

    text = read_pdf(f"{taxed_order.get_absolute_url()}/credit-notes/{CreditNote.objects.get().number}.pdf")

    assert "VAT(19%)€50.00€9.50" in text


def test_other_orders_credit_note_is_not_shown(taxed_order):
    taxed_order.refunded_amount = Decimal(10)
    issue_credit_note(taxed_order)
    other = make_order(taxed_order.store, invoice_number="INV-2026-00002")

    path = f"{other.get_absolute_url()}/credit-notes/{CreditNote.objects.get().number}.pdf"

    assert Client().get(path).status_code == 404


@pytest.mark.parametrize(
    ("taxes", "net", "parts"),
    [
        ([(19, "19.00")], "100.00", ["100.00"]),
        ([(19, "7.82"), (7, "1.40")], "61.18", ["41.18", "20.00"]),
        ([(19, "0.03")], "0.14", ["0.14"]),
        # Two taxes on the same goods, and untaxed goods, don't divide the net amount.
        ([(5, "5.00"), (7, "7.00")], "100.00", []),
        ([(19, "19.00")], "150.00", []),
        ([(None, "19.00")], "100.00", []),
        ([], "100.00", []),
    ],
)
def test_net_amount_is_divided_by_rate(taxes, net, parts):
    lines = [TaxLine("VAT", rate and Decimal(rate), Decimal(amount), True) for rate, amount in taxes]

    assert [str(part) for part in divide_net(lines, net=Decimal(net))] == parts
