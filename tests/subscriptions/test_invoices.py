"""Invoices by API: as a PDF, mailed, let go; what the store cannot do is said."""

import io

import pytest
from django.core import mail as outgoing
from pypdf import PdfReader

from orders import notifications
from orders.models import Mail, Order
from subscriptions.invoices import find_invoice, send
from subscriptions.models import Invoice
from tests.api_caller import Caller, data_of, error_of
from tests.payment.test_at_once import all_at_once
from tests.subscriptions.actors import (
    TWO_TIERS,
    charges,
    make_coffee_plan,
    pass_time,
    renew,
    subscribe,
    upkeep,
)


@pytest.fixture
def caller(shop):
    return Caller(shop)


@pytest.fixture
def subscription(shop):
    return subscribe(shop, make_coffee_plan(shop, TWO_TIERS))


def declined(shop, subscription, *how):
    """A renewal that was declined, and its open invoice."""
    shop.sandbox.switches(next_payment=[*how, "approve"])
    subscription = renew(shop, subscription)
    assert subscription.status == "past_due"
    return subscription, subscription.invoices.get(cycle=1)


def text_of(pdf):
    """All that is written in it, without spaces: where letters stand close, readers differ about them."""
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def test_a_pdf_shows_store_number_lines_total_and_the_day_it_was_paid(caller, subscription):
    Order.objects.update(name="山田 太郎 Łukasiewicz")
    invoice = subscription.invoices.get()

    answer = caller.get(f"/v1/invoices/{invoice.pk}/pdf")

    number = invoice.order.number
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == f'inline; filename="{number}.pdf"'
    assert answer["Cache-Control"] == "no-store"
    text = text_of(answer.content)
    for word in ("LampHouse", number, "Paidon", "Fieldnotes", "$39.99", "Pricesincludetax."):
        assert word in text
    assert "山田太郎Łukasiewicz" in text


def test_a_pdf_is_in_the_shoppers_language(caller, subscription):
    Order.objects.update(language="de")
    invoice = subscription.invoices.get()

    text = text_of(caller.get(f"/v1/invoices/{invoice.pk}/pdf").content)

    assert "VereinigteStaaten" in text
    assert "39,99" in text


def test_sent_twice_within_a_minute_it_is_mailed_once(shop, caller, subscription):
    """W9."""
    invoice = subscription.invoices.get()
    notifications.send_due()
    outgoing.outbox.clear()

    for _click in range(2):
        assert data_of(caller.post(f"/v1/invoices/{invoice.pk}/send", b""))["id"] == invoice.pk
    assert notifications.send_due() == 1

    (sent,) = outgoing.outbox
    assert sent.to == ["ada@example.com"]
    assert sent.subject == f"Your invoice {invoice.order.number}"
    (attached,) = sent.attachments
    assert attached[0] == f"{invoice.order.number}.pdf"
    assert "$39.99" in text_of(attached[1])

    mails = Mail.objects.filter(invoice=invoice)
    mails.update(created_at=invoice.created_at - notifications.LEASE)
    caller.post(f"/v1/invoices/{invoice.pk}/send", b"")
    assert mails.count() == 2


@pytest.mark.at_once
def test_two_clicks_at_the_same_moment_mail_one_invoice(shop, subscription):
    invoice = find_invoice(store=shop, invoice_id=subscription.invoices.get().pk)

    all_at_once(*[lambda: send(invoice=invoice)] * 4)

    assert Mail.objects.filter(invoice=invoice).count() == 1


@pytest.mark.parametrize("how", ["soft_decline", "hard_decline"])
def test_a_voided_invoice_is_charged_no_more_and_the_next_cycle_is(shop, caller, subscription, how):
    """W9."""
    subscription, invoice = declined(shop, subscription, how)

    voided = data_of(caller.post(f"/v1/invoices/{invoice.pk}/void", b""))

    assert voided["status"] == "void"
    assert voided["voided_at"] is not None
    (found,) = shop.sandbox.subscriptions()
    assert found["status"] == "active"
    pass_time(shop, days=20)  # past all tries
    subscription = upkeep(subscription)
    assert (subscription.status, charges(shop)) == ("active", ["39.99"])
    renew(shop, subscription)
    assert charges(shop) == ["39.99", "44.99"]
    rows = Invoice.objects.order_by("created_at").values_list("cycle", "status")
    assert list(rows) == [(0, "paid"), (1, "void"), (1, "paid")]


def test_voided_twice_is_voided_once(shop, caller, subscription):
    _subscription, invoice = declined(shop, subscription, "soft_decline")

    first = data_of(caller.post(f"/v1/invoices/{invoice.pk}/void"))
    shop.sandbox.clear_requests()

    assert data_of(caller.post(f"/v1/invoices/{invoice.pk}/void")) == first
    assert shop.sandbox.requests() == []


def test_a_paid_invoice_is_not_voided(caller, subscription):
    invoice = subscription.invoices.get()

    answer = error_of(caller.post(f"/v1/invoices/{invoice.pk}/void"))

    assert answer == (409, "conflict", "A paid invoice cannot be voided; refund its order instead.")


def test_where_the_store_is_not_reached_it_is_said_and_done_later(shop, caller, subscription):
    subscription, invoice = declined(shop, subscription, "soft_decline")
    shop.sandbox.fault("status", operation="*", status=503, when="before", times=3)

    answer = error_of(caller.post(f"/v1/invoices/{invoice.pk}/void"))

    assert answer[:2] == (503, "store_unreachable")
    assert data_of(caller.get(f"/v1/invoices/{invoice.pk}"))["status"] == "open"
    upkeep(subscription)
    assert data_of(caller.get(f"/v1/invoices/{invoice.pk}"))["status"] == "void"


def test_what_the_store_refuses_stays_open(shop, caller, subscription):
    _subscription, invoice = declined(shop, subscription, "soft_decline")
    shop.sandbox.fault("status", operation="subscriptionsPartialUpdate", status=400, when="before")

    assert error_of(caller.post(f"/v1/invoices/{invoice.pk}/void"))[:2] == (409, "conflict")
    assert data_of(caller.get(f"/v1/invoices/{invoice.pk}"))["status"] == "open"


def test_the_payment_intent_of_a_first_invoice_and_none_of_a_renewal(shop, caller, subscription):
    renew(shop, subscription)
    first, second = Invoice.objects.order_by("cycle")

    shown = data_of(caller.get(f"/v1/invoices/{first.pk}/payment_intent"))

    assert shown["id"].startswith("pi_")
    assert (shown["object"], shown["status"], shown["invoice"]) == ("payment_intent", "Confirmed", first.pk)
    assert shown["amount"] == {"amount": 39.99, "asset_id": "USD"}
    assert shown["merchant_order_id"] == first.order.number
    answer = error_of(caller.get(f"/v1/invoices/{second.pk}/payment_intent"))
    assert answer[:2] == (404, "resource_not_found")
    assert answer[2] == "The store charged this cycle by itself; there is no payment intent for it."


def test_the_list_costs_the_same_for_one_and_for_many(
    shop, caller, subscription, django_assert_max_num_queries
):
    renew(shop, subscription)

    for many in ("/v1/invoices", "/v1/invoices?limit=1"):
        with django_assert_max_num_queries(4):
            assert data_of(caller.get(many))["total"] == 2
