"""The withdrawal function: a statement, its confirmation, and an acknowledgment, without signing in."""

import datetime

import pytest
from django.core import mail as outgoing
from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from orders import contract_notices, notifications
from orders.contract_notices import delete_old_notices
from orders.models import ContractNotice, Notification, Order, OrderEvent
from orders.privacy import erase_order, export_customer_notices
from orders.withdrawals import is_late
from tests.factories import make_order, make_shipment, make_store, make_withdrawal

STATEMENT = {
    "name": "Ada Lovelace",
    "contract": "ORD-2026-00001",
    "items": "",
    "email": "ada@example.com",
}


@pytest.fixture
def store(db):
    return make_store(countries=["DE"], time_zone="Europe/Berlin", support_email="help@example.com")


@pytest.fixture
def order(store):
    return make_order(store, number="ORD-2026-00001", next_order_number="N-7001")


def confirm(client, path="/withdraw", *, page_key="key", **changes):
    data = STATEMENT | {"step": "confirm", "page_key": page_key} | changes
    return client.post(path, data)


def receive(client, path="/withdraw", **changes):
    """Confirm a statement and return its row."""
    assert confirm(client, path, **changes).status_code == 302
    return ContractNotice.objects.latest("received_at")


# The way in.


@pytest.mark.parametrize(
    ("fields", "is_shown"),
    [
        ({"countries": ["US", "DE"]}, True),
        ({"countries": ["NO"]}, True),
        ({"countries": ["US", "GB", "CH"]}, False),
        ({"countries": ["US"], "has_eea_shipping": True}, False),
        ({"has_eea_shipping": True}, True),
        ({"has_eea_shipping": False, "currency": "EUR"}, False),
        ({"currency": "EUR"}, True),
        ({"currency": "USD"}, False),
        ({"countries": ["US"], "withdrawal_function": "on"}, True),
        ({"countries": ["DE"], "withdrawal_function": "off"}, False),
    ],
)
def test_store_that_sells_to_the_eea_links_to_it_on_every_page(db, client, fields, is_shown):
    make_store(**fields)

    footer = client.get("/").text.partition("<footer")[2]

    assert ('<a href="/withdraw">Withdraw from contract here</a>' in footer) is is_shown


def test_page_is_gone_only_if_the_store_turned_it_off(db, client):
    store = make_store(countries=["US"])
    assert client.get("/withdraw").status_code == 200

    store.withdrawal_function = "off"
    store.save()
    assert client.get("/withdraw").status_code == 404


def test_order_page_leads_to_the_form_filled_in(client, order):
    link = f"{order.get_absolute_url()}/withdraw"
    assert f'<a href="{link}">Withdraw from contract here</a>' in client.get(order.get_absolute_url()).text

    page = client.get(link)

    for value in ("Ada Lovelace", "ORD-2026-00001", "ada@example.com"):
        assert f'value="{value}"' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert client.get("/orders/guessed/withdraw").status_code == 404


def test_emails_link_to_the_form(client, order):
    notifications.resend_notification(order=order, kind="confirmation")
    client.post("/account", {"email": order.email})
    notifications.send_due_notifications()

    filled_in = f"http://testserver{order.get_absolute_url()}/withdraw"
    for message, address in zip(outgoing.outbox, (filled_in, "http://testserver/withdraw"), strict=True):
        assert f"Withdraw from contract here: {address}\n" in f"{message.body}\n"
        assert f'<a href="{address}"' in message.alternatives[0].content


# The statement and its confirmation.


def test_statement_is_reviewed_and_then_confirmed_with_one_button(client, store):
    review = client.post("/withdraw", STATEMENT | {"step": "review", "items": "The lamp\nonly"})

    assert "Nothing has been sent yet." in review.text
    assert "The lamp<br>only" in review.text
    assert ">Confirm withdrawal</button>" in review.text
    assert not ContractNotice.objects.exists()


def test_statement_can_be_changed_before_it_is_confirmed(client, store):
    form = client.post("/withdraw", STATEMENT | {"step": "edit", "contract": "A lamp, in May"})

    assert 'value="A lamp, in May"' in form.text
    assert ">Check your statement</button>" in form.text


def test_form_needs_a_name_a_contract_and_an_email_only(client, store):
    page = client.post("/withdraw", {"step": "confirm"})

    assert "Enter your name." in page.text
    assert "Enter your order number, or what you ordered and when." in page.text
    assert "Enter your email address." in page.text
    assert page.text.count("(optional)") == 1
    assert not ContractNotice.objects.exists()


def test_confirmed_statement_is_saved_word_for_word_with_its_time(client, store):
    before = timezone.now()
    withdrawal = receive(client, contract="Zwei Lampen, im Mai", items="nur die rote", HTTP_X="")

    assert (withdrawal.name, withdrawal.contract, withdrawal.items, withdrawal.email) == (
        *("Ada Lovelace", "Zwei Lampen, im Mai", "nur die rote", "ada@example.com"),
    )
    assert before <= withdrawal.received_at <= timezone.now()
    assert (withdrawal.order, withdrawal.resolved_at) == (None, None)


def test_no_cookie_or_form_token_is_needed(store):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)

    assert confirm(strict).status_code == 302
    assert not strict.cookies


def test_double_click_saves_one_statement_and_sends_one_email(client, order):
    first, second = confirm(client), confirm(client)

    assert first.headers["Location"] == second.headers["Location"]
    assert ContractNotice.objects.count() == 1
    assert Notification.objects.count() == 1
    # Another statement from the same page is another statement.
    confirm(client, items="The lamp")
    assert ContractNotice.objects.count() == 2


def test_receipt_shows_statement_and_time_at_a_secret_address(client, store):
    receipt = client.get(confirm(client).headers["Location"])
    withdrawal = ContractNotice.objects.get()

    for text in ("Ada Lovelace", "ORD-2026-00001", "ada@example.com"):
        assert text in receipt.text
    local = withdrawal.received_at.astimezone(datetime.timezone(datetime.timedelta(hours=1)))
    assert f"{local:%Y}" in receipt.text
    assert "CET" in receipt.text or "CEST" in receipt.text
    assert client.get(f"/withdraw/received/{withdrawal.pk}").status_code == 404


def test_pages_answer_the_same_whether_an_order_exists_or_not(client, order):
    known = client.get(confirm(client).headers["Location"]).text
    unknown = client.get(confirm(client, contract="ORD-2026-00002").headers["Location"]).text

    def without_times(page):
        return [line for line in page.splitlines() if "Received on" not in line and "?next=" not in line]

    assert without_times(known) == without_times(unknown.replace("ORD-2026-00002", "ORD-2026-00001"))


# What follows can't undo the receipt.


def test_statement_stays_if_its_emails_cannot_be_queued_and_the_reconciler_finishes(
    client, order, monkeypatch
):
    def fail(notice):
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(contract_notices, "queue_acknowledgment", fail)
        withdrawal = receive(client)
    assert (withdrawal.order, Notification.objects.count()) == (None, 0)

    ContractNotice.objects.update(process_at=timezone.now())
    reconcile_due_rows()
    reconcile_due_rows()

    withdrawal.refresh_from_db()
    assert withdrawal.order == order
    assert [message.to for message in outgoing.outbox] == [["ada@example.com"]]


# The acknowledgment.


def test_acknowledgment_has_the_statement_with_date_and_time_in_the_senders_language(client, store):
    client.cookies["django_language"] = "de"
    withdrawal = receive(client, contract="A lamp <b>", items="One\nof two")
    ContractNotice.objects.update(received_at="2026-07-01T22:30:15Z", language="en")
    notifications.send_due_notifications()

    (message,) = outgoing.outbox
    assert withdrawal.language == "de"
    assert message.to == ["ada@example.com"]
    assert message.reply_to == ["help@example.com"]
    assert message.subject == "We received your withdrawal: A lamp <b>"
    for text in ("July 2, 2026", "12:30 a.m. CEST", "Ada Lovelace", "A lamp <b>", "ada@example.com"):
        assert text in message.body
    html = message.alternatives[0].content
    for text in ("July 2, 2026", "A lamp &lt;b&gt;", "One<br>of two", "ada@example.com"):
        assert text in html
    # It says what was received, not that there is a right to it.
    assert "refund" not in message.body.lower()


def test_another_address_than_the_orders_is_told_and_the_orders_address_too(client, order):
    path = f"{order.get_absolute_url()}/withdraw"
    withdrawal = receive(client, path, email="charles@example.com")
    notifications.send_due_notifications()

    assert withdrawal.order == order
    assert sorted(message.to[0] for message in outgoing.outbox) == ["ada@example.com", "charles@example.com"]
    copy = next(message for message in outgoing.outbox if message.to == ["ada@example.com"])
    assert "charles@example.com" in copy.body
    assert "If it isn't from you, reply to this email." in copy.body


def test_one_address_gets_five_emails_an_hour_and_every_statement_is_saved(client, store):
    for number in range(7):
        receive(client, contract=f"A lamp, order {number}", email="Ada@example.com")
    receive(client, email="grace@example.com")

    assert ContractNotice.objects.count() == 8
    assert [row.notice.email for row in Notification.objects.all()].count("Ada@example.com") == 5
    assert Notification.objects.count() == 6


# The order.


@pytest.mark.parametrize(
    ("contract", "email", "is_linked"),
    [
        ("ORD-2026-00001", "ADA@example.com", True),
        ("Order no. ord 2026 00001.", "ada@example.com", True),
        ("ORD\N{EN DASH}2026\N{EN DASH}00001", "ada@example.com", True),
        ("#N-7001", "ada@example.com", True),
        ("ORD-2026-00001", "grace@example.com", False),
        ("ORD-2026-00002", "ada@example.com", False),
        ("My lamp", "ada@example.com", False),
        ("ORD-2026-00001 and ORD-2026-00003", "ada@example.com", False),
    ],
)
def test_statement_is_linked_only_if_number_and_email_name_one_order(
    client, order, contract, email, is_linked
):
    make_order(order.store, number="ORD-2026-00003")
    make_order(make_store(host="other.example"), number="ORD-2026-00001")

    withdrawal = receive(client, contract=contract, email=email)

    assert withdrawal.order == (order if is_linked else None)
    assert OrderEvent.objects.filter(kind="withdrawal").count() == is_linked


def test_secret_address_doesnt_link_another_orders_number(client, order):
    path = f"{order.get_absolute_url()}/withdraw"

    assert receive(client, path, contract="ORD-2026-00009", email="eve@example.com").order is None


@pytest.mark.parametrize(
    ("paid_at", "received_at", "is_expected_late"),
    [
        ("2026-11-02T12:00:00+01:00", "2026-11-16T23:59:00+01:00", False),
        ("2026-11-02T12:00:00+01:00", "2026-11-17T00:01:00+01:00", True),
        # The fourteenth day is a Saturday: it ends on Monday.
        ("2026-11-07T12:00:00+01:00", "2026-11-23T12:00:00+01:00", False),
        ("2026-11-07T12:00:00+01:00", "2026-11-24T12:00:00+01:00", True),
    ],
)
def test_statement_is_late_after_fourteen_days_in_the_stores_time(
    store, paid_at, received_at, is_expected_late
):
    order = make_order(store, items=[{"requires_shipping": False}], paid_at=paid_at)
    order = Order.objects.get(pk=order.pk)

    assert is_late(order, datetime.datetime.fromisoformat(received_at)) is is_expected_late


def test_period_waits_for_the_last_parcel(store):
    year_ago = timezone.now() - datetime.timedelta(days=365)
    unsent = make_order(store, paid_at=year_ago, items=[{"requires_shipping": True}])
    sent = make_order(store, paid_at=year_ago, next_fulfillment_status="fulfilled")
    make_shipment(sent)

    assert not is_late(unsent, timezone.now())
    assert not is_late(sent, timezone.now())
    assert is_late(sent, timezone.now() + datetime.timedelta(days=20))


def test_late_statement_is_received_like_any_other(client, order):
    Order.objects.update(paid_at="2026-01-05T12:00:00Z", next_fulfillment_status="fulfilled")

    withdrawal = receive(client)

    assert withdrawal.is_late
    assert Notification.objects.count() == 1


# Privacy.


def test_erasure_leaves_the_statement_as_evidence_and_the_export_has_it(client, order):
    from orders.customers import resolve_order_customer

    customer = resolve_order_customer(order=order)
    withdrawal = receive(client)
    assert [row["contract"] for row in export_customer_notices(customer)] == ["ORD-2026-00001"]

    erase_order(order=Order.objects.get(), customer=customer, actor="mia")
    notifications.send_due_notifications()

    withdrawal.refresh_from_db()
    assert (withdrawal.name, withdrawal.email) == ("Ada Lovelace", "ada@example.com")
    assert [message.to for message in outgoing.outbox] == [["ada@example.com"]]
    assert len(export_customer_notices(customer)) == 1


def test_handled_statements_are_deleted_after_four_years(store):
    old = timezone.now() - datetime.timedelta(days=4 * 366 + 1)
    make_withdrawal(store, received_at=old, resolved_at=old)
    kept = [make_withdrawal(store, received_at=old), make_withdrawal(store, resolved_at=timezone.now())]

    delete_old_notices()

    assert set(ContractNotice.objects.all()) == set(kept)
