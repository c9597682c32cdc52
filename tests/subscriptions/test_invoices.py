"""Invoices through the API: as a PDF, emailed, and voided."""

import io

import pytest
from django.core import mail
from pypdf import PdfReader

from orders import notifications
from orders.models import Notification, Order
from subscriptions.invoices import find_invoice, send_invoice
from subscriptions.models import Invoice
from tests.api_client import ApiClient, error_summary, success_data
from tests.payments.test_concurrency import run_concurrently
from tests.subscriptions.helpers import (
    TWO_TIERS,
    advance_clock,
    charged_amounts,
    make_coffee_plan,
    renew_subscription,
    start_subscription,
    sync_now,
)


@pytest.fixture
def caller(shop):
    return ApiClient(shop)


@pytest.fixture
def subscription(shop):
    return start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))


def decline_renewal(shop, subscription, *how):
    """Decline a renewal; return the subscription and its open invoice."""
    shop.sandbox.switches(next_payment=[*how, "approve"])
    subscription = renew_subscription(shop, subscription)
    assert subscription.status == "past_due"
    return subscription, subscription.invoices.get(cycle=1)


def pdf_text(pdf):
    """Return the text without spaces, because PDF readers disagree about spaces between close letters."""
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def test_pdf_shows_store_number_lines_total_and_payment_date(caller, subscription):
    Order.objects.update(name="山田 太郎 Łukasiewicz", included_tax_total="6.38")
    invoice = subscription.invoices.get()

    answer = caller.get(f"/v1/invoices/{invoice.pk}/pdf")

    number = invoice.order.invoice_number
    assert number == f"INV-{invoice.order.paid_at.year}-00001"
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == f'inline; filename="{number}.pdf"'
    assert answer["Cache-Control"] == "no-store"
    text = pdf_text(answer.content)
    for word in ("LampHouse", number, "Paidon", "Fieldnotes", "$39.99"):
        assert word in text
    assert "山田太郎Łukasiewicz" in text


def test_pdf_is_in_the_shoppers_language(caller, subscription):
    Order.objects.update(language="de")
    invoice = subscription.invoices.get()

    text = pdf_text(caller.get(f"/v1/invoices/{invoice.pk}/pdf").content)

    assert "VereinigteStaaten" in text
    assert "39,99" in text


def test_repeated_send_within_a_minute_emails_once(shop, caller, subscription):
    """W9."""
    invoice = subscription.invoices.get()
    notifications.send_due_notifications()
    mail.outbox.clear()

    for _click in range(2):
        assert success_data(caller.post(f"/v1/invoices/{invoice.pk}/send", b""))["id"] == invoice.pk
    assert notifications.send_due_notifications() == 1

    (sent,) = mail.outbox
    assert sent.to == ["ada@example.com"]
    assert sent.subject == f"Your invoice {invoice.order.invoice_number}"
    (attached,) = sent.attachments
    assert attached[0] == f"{invoice.order.invoice_number}.pdf"
    assert "$39.99" in pdf_text(attached[1])

    queued = Notification.objects.filter(subject_id=invoice.pk)
    queued.update(created_at=invoice.created_at - notifications.SEND_LEASE)
    caller.post(f"/v1/invoices/{invoice.pk}/send", b"")
    assert queued.count() == 2


@pytest.mark.concurrent
def test_simultaneous_sends_email_one_invoice(shop, subscription):
    invoice = find_invoice(store=shop, invoice_id=subscription.invoices.get().pk)

    run_concurrently(*[lambda: send_invoice(invoice=invoice)] * 4)

    assert Notification.objects.filter(subject_id=invoice.pk).count() == 1


@pytest.mark.parametrize("how", ["soft_decline", "hard_decline"])
def test_voided_invoice_is_not_charged_but_the_next_cycle_is(shop, caller, subscription, how):
    """W9."""
    subscription, invoice = decline_renewal(shop, subscription, how)

    voided = success_data(caller.post(f"/v1/invoices/{invoice.pk}/void", b""))

    assert voided["status"] == "void"
    assert voided["voided_at"] is not None
    (found,) = shop.sandbox.subscriptions()
    assert found["status"] == "active"
    advance_clock(shop, days=20)  # past all retries
    subscription = sync_now(subscription)
    assert (subscription.status, charged_amounts(shop)) == ("active", ["39.99"])
    renew_subscription(shop, subscription)
    assert charged_amounts(shop) == ["39.99", "44.99"]
    rows = Invoice.objects.order_by("created_at").values_list("cycle", "status")
    assert list(rows) == [(0, "paid"), (1, "void"), (1, "paid")]


def test_open_invoice_gets_its_number_when_it_is_paid_and_keeps_it(shop, caller, subscription):
    subscription, invoice = decline_renewal(shop, subscription, "soft_decline")
    unpaid = caller.get(f"/v1/invoices/{invoice.pk}/pdf")
    assert unpaid["Content-Disposition"] == f'inline; filename="{invoice.pk}.pdf"'

    advance_clock(shop, days=20)  # past the retries
    sync_now(subscription)

    first, second = Order.objects.order_by("created_at")
    assert [order.invoice_number[-6:] for order in (first, second)] == ["-00001", "-00002"]
    paid = caller.get(f"/v1/invoices/{invoice.pk}/pdf")
    assert paid["Content-Disposition"] == f'inline; filename="{second.invoice_number}.pdf"'
    assert second.invoice_number in pdf_text(paid.content)


def test_void_is_idempotent(shop, caller, subscription):
    _subscription, invoice = decline_renewal(shop, subscription, "soft_decline")

    first = success_data(caller.post(f"/v1/invoices/{invoice.pk}/void"))
    shop.sandbox.clear_requests()

    assert success_data(caller.post(f"/v1/invoices/{invoice.pk}/void")) == first
    assert shop.sandbox.requests() == []


def test_paid_invoice_cannot_be_voided(caller, subscription):
    invoice = subscription.invoices.get()

    answer = error_summary(caller.post(f"/v1/invoices/{invoice.pk}/void"))

    assert answer == (409, "conflict", "A paid invoice can't be voided. Refund its order instead.")


def test_void_is_retried_if_next_is_unreachable(shop, caller, subscription):
    subscription, invoice = decline_renewal(shop, subscription, "soft_decline")
    shop.sandbox.plan_fault("status", operation="*", status=503, when="before", times=3)

    answer = error_summary(caller.post(f"/v1/invoices/{invoice.pk}/void"))

    assert answer[:2] == (503, "store_unreachable")
    assert success_data(caller.get(f"/v1/invoices/{invoice.pk}"))["status"] == "open"
    sync_now(subscription)
    assert success_data(caller.get(f"/v1/invoices/{invoice.pk}"))["status"] == "void"


def test_refused_void_leaves_the_invoice_open(shop, caller, subscription):
    _subscription, invoice = decline_renewal(shop, subscription, "soft_decline")
    shop.sandbox.plan_fault("status", operation="subscriptionsPartialUpdate", status=400, when="before")

    assert error_summary(caller.post(f"/v1/invoices/{invoice.pk}/void"))[:2] == (409, "conflict")
    assert success_data(caller.get(f"/v1/invoices/{invoice.pk}"))["status"] == "open"


def test_only_the_first_invoice_has_a_payment_intent(shop, caller, subscription):
    renew_subscription(shop, subscription)
    first, second = Invoice.objects.order_by("cycle")

    shown = success_data(caller.get(f"/v1/invoices/{first.pk}/payment_intent"))

    assert shown["id"].startswith("pi_")
    assert (shown["object"], shown["status"], shown["invoice"]) == ("payment_intent", "Confirmed", first.pk)
    assert shown["amount"] == {"amount": 39.99, "asset_id": "USD"}
    assert shown["merchant_order_id"] == first.order.number
    answer = error_summary(caller.get(f"/v1/invoices/{second.pk}/payment_intent"))
    assert answer[:2] == (404, "resource_not_found")
    assert answer[2] == "NEXT Commerce charged this invoice automatically. It has no payment intent."


def test_the_list_costs_the_same_for_one_and_for_many(
    shop, caller, subscription, django_assert_max_num_queries
):
    renew_subscription(shop, subscription)

    for many in ("/v1/invoices", "/v1/invoices?limit=1"):
        with django_assert_max_num_queries(7):
            assert success_data(caller.get(many))["total"] == 2
