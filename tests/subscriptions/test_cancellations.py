"""The cancellation page: a subscription is canceled without signing in, and never a wrong one."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as outgoing
from django.utils import timezone

from orders import notifications
from orders.models import ContractNotice, Notification, OrderEvent
from stores.dates import format_store_day
from subscriptions.cancellations import process_cancellation
from subscriptions.models import Subscription
from tests.factories import make_invoice, make_order, make_store

STATEMENT = {
    "way": "ordinary",
    "cause": "",
    "name": "Ada Lovelace",
    "contract": "ORD-2026-00001",
    "ends_on": "",
    "email": "ada@example.com",
    "page_key": "key",
}
BERLIN = ZoneInfo("Europe/Berlin")
RENEWAL = (timezone.now() + datetime.timedelta(days=20)).replace(microsecond=0)


@pytest.fixture
def store(db):
    return make_store(countries=["DE"], has_sold_plans=True, time_zone="Europe/Berlin")


def subscribe(store, number="ORD-2026-00001", **fields):
    """Create a running subscription that renews in 20 days."""
    subscription = make_invoice(make_order(store, number=number)).subscription
    values = {"next_status": "active", "next_renewal_at": RENEWAL} | fields
    Subscription.objects.filter(pk=subscription.pk).update(**values)
    return Subscription.objects.select_related("store", "order").get(pk=subscription.pk)


@pytest.fixture
def subscription(store):
    return subscribe(store)


def cancel(client, path="/cancel-contract", **changes):
    """Send a statement and return its row."""
    answer = client.post(path, STATEMENT | changes)
    assert answer.status_code == 302, answer.context["form"].errors
    return ContractNotice.objects.latest("received_at")


def is_canceled(subscription):
    subscription.refresh_from_db()
    return subscription.cancel_at_period_end or subscription.is_over


# The way in.


@pytest.mark.parametrize(
    ("fields", "is_shown"),
    [
        ({"countries": ["US", "DE"]}, True),
        ({"countries": ["AT"]}, False),
        ({"has_german_shipping": True, "currency": "USD"}, True),
        ({"has_german_shipping": False, "currency": "EUR"}, False),
        ({"currency": "EUR"}, True),
        ({"countries": ["DE"], "has_sold_plans": False}, False),
        ({"countries": ["US"], "cancellation_page": "on"}, True),
        ({"countries": ["DE"], "cancellation_page": "off"}, False),
    ],
)
def test_store_that_sells_subscriptions_to_germany_links_to_it_on_every_page(db, client, fields, is_shown):
    make_store(**{"has_sold_plans": True} | fields)

    footer = client.get("/").text.partition("<footer")[2]

    assert ('<a href="/cancel-contract">Cancel contracts here</a>' in footer) is is_shown


def test_page_is_gone_only_if_the_store_turned_it_off(db, client):
    store = make_store(countries=["US"])
    assert client.get("/cancel-contract").status_code == 200

    store.cancellation_page = "off"
    store.save()
    assert client.get("/cancel-contract").status_code == 404


def test_form_has_the_fields_of_the_law_and_one_button_that_cancels(client, store):
    page = client.get("/cancel-contract").text

    for label in ("How do you want to cancel?", "Cause", "Your name", "Contract", "End date", "Email"):
        assert label in page
    assert page.count("<button") == 1
    assert ">Cancel now</button>" in page
    assert "password" not in page


def test_subscribers_page_leads_to_the_form_filled_in(client, subscription):
    link = f"{subscription.get_absolute_url()}/cancel-contract"
    assert f'<a href="{link}">Cancel contracts here</a>' in client.get(subscription.get_absolute_url()).text

    page = client.get(link)

    for value in ("Ada Lovelace", "ORD-2026-00001", "ada@example.com"):
        assert value in page.text
    assert page.headers["Cache-Control"] == "no-store"


# The statement.


def test_statement_is_saved_with_its_time_and_shown_with_it(store):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    before = timezone.now()
    answer = strict.post("/cancel-contract", STATEMENT | {"contract": "Coffee, since May"})
    notice = ContractNotice.objects.get()

    assert before <= notice.received_at <= timezone.now()
    assert (notice.kind, notice.name, notice.contract) == (
        "cancellation",
        "Ada Lovelace",
        "Coffee, since May",
    )
    assert not strict.cookies
    receipt = strict.get(answer.headers["Location"]).text
    for text in ("You pressed “Cancel now” on", "Coffee, since May", "As soon as possible"):
        assert text in receipt


def test_form_asks_for_a_name_a_contract_an_email_and_the_cause_of_one_for_cause(client, store):
    page = client.post("/cancel-contract", {"way": "for_cause"}).text

    for text in (
        "Enter why you cancel for cause.",
        "Enter your name.",
        "Enter your order number, or what you subscribed to and when.",
        "Enter your email address.",
    ):
        assert text in page
    assert not ContractNotice.objects.exists()


def test_double_click_saves_one_statement_and_sends_one_email(client, subscription):
    cancel(client)
    cancel(client)

    assert ContractNotice.objects.count() == 1
    assert Notification.objects.filter(kind="cancellation").count() == 1


def test_pages_answer_the_same_whether_a_subscription_exists_or_not(client, subscription):
    def receipt(**changes):
        location = client.post("/cancel-contract", STATEMENT | changes).headers["Location"]
        lines = client.get(location).text.splitlines()
        return [line for line in lines if "“Cancel now” on" not in line and "?next=" not in line]

    other = [line.replace("-00002", "-00001") for line in receipt(contract="ORD-2026-00002")]
    assert receipt() == other


# What it cancels.


def test_subscription_ends_with_its_period_and_the_email_says_when(client, subscription):
    notice = cancel(client)

    assert is_canceled(subscription)
    assert subscription.ends_at == RENEWAL
    assert (notice.subscription_id, notice.order, notice.ends_at) == (
        *(subscription.pk, subscription.order, RENEWAL),
    )
    assert not notice.is_open
    notifications.send_due_notifications()
    (message,) = outgoing.outbox
    assert message.subject == "We received your cancellation: ORD-2026-00001"
    for body in (message.body, message.alternatives[0].content):
        assert f"Your contract ends on {format_store_day(RENEWAL, subscription.store)}." in body
        for text in ("ORD-2026-00001", "Ada Lovelace", "At the end of the period", notice.email):
            assert text in body
        assert "CET" in body or "CEST" in body


@pytest.mark.parametrize(
    "changes",
    [
        {"contract": "ORD-2026-00002"},
        {"email": "grace@example.com"},
        {"contract": "My coffee"},
        {"contract": "ORD-2026-00001 and ORD-2026-00003"},
    ],
)
def test_statement_that_names_no_single_subscription_cancels_none_and_waits_for_staff(
    client, subscription, changes
):
    others = [subscribe(subscription.store, "ORD-2026-00003")]
    others.append(subscribe(make_store(host="other.example"), "ORD-2026-00002"))

    notice = cancel(client, **changes)

    assert notice.is_open
    assert not any(map(is_canceled, [subscription, *others]))
    notifications.send_due_notifications()
    assert [message.to for message in outgoing.outbox] == [[changes.get("email", "ada@example.com")]]
    assert "You asked to end it as soon as possible." in outgoing.outbox[0].body


def test_number_of_a_renewal_names_the_subscription_too(client, subscription):
    renewal = make_order(subscription.store, number="ORD-2026-00009")
    invoice = subscription.invoices.get()
    invoice.pk, invoice.order, invoice.cycle = None, renewal, 1
    invoice.save()

    cancel(client, contract="ord 2026 00009")

    assert is_canceled(subscription)


def test_secret_address_cancels_its_own_subscription_and_tells_the_order(client, subscription):
    other = subscribe(subscription.store, "ORD-2026-00003")
    path = f"{subscription.get_absolute_url()}/cancel-contract"

    assert cancel(client, path, contract="Another shop's", email="eve@example.com").is_open
    cancel(client, path, email="charles@example.com")

    assert is_canceled(subscription)
    assert not is_canceled(other)
    notifications.send_due_notifications()
    assert sorted(message.to[0] for message in outgoing.outbox) == [
        *("ada@example.com", "charles@example.com", "eve@example.com"),
    ]
    assert OrderEvent.objects.filter(order=subscription.order, kind="cancellation").count() == 1


def test_one_for_cause_stops_the_charges_and_waits_for_staff(client, subscription, admin_client):
    notice = cancel(client, way="for_cause", cause="It arrived moldy three times.")

    assert is_canceled(subscription)
    assert notice.is_open
    assert "1 cancellation to handle" in admin_client.get("/admin/").text
    page = admin_client.get(f"/admin/orders/contractnotice/{notice.pk}/change/").text
    assert "It arrived moldy three times." in page
    assert "For cause: decide whether it ends sooner" in page


def test_later_end_waits_for_the_renewal_before_it(client, subscription, admin_client):
    later = (RENEWAL.astimezone(BERLIN) + datetime.timedelta(days=12)).date()
    notice = cancel(client, ends_on=later.isoformat())

    assert not is_canceled(subscription)
    assert notice.process_at == RENEWAL + datetime.timedelta(hours=1)
    assert "to handle" not in admin_client.get("/admin/").text
    # It has renewed, and the period that has this day runs.
    next_renewal = RENEWAL + datetime.timedelta(days=30)
    Subscription.objects.update(next_renewal_at=next_renewal, cycle=1)
    process_cancellation(notice)

    assert is_canceled(subscription)
    assert subscription.ends_at == next_renewal
    assert Notification.objects.filter(kind="cancellation").count() == 1


def test_one_that_staff_handled_cancels_nothing_anymore(client, subscription, admin_client):
    later = (RENEWAL + datetime.timedelta(days=12)).date()
    notice = cancel(client, ends_on=later.isoformat())
    admin_client.post(f"/admin/orders/contractnotice/{notice.pk}/handle/")

    process_cancellation(notice)

    assert not is_canceled(subscription)


def test_subscription_that_has_ended_needs_nobody(client, store):
    subscribe(store, status="canceled", canceled_at=RENEWAL)

    notice = cancel(client)

    assert (notice.is_open, notice.ends_at) == (False, RENEWAL)


def test_statement_stays_if_it_cannot_be_processed_and_is_processed_later(client, subscription, monkeypatch):
    from subscriptions import cancellations

    def fail(**arguments):
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(cancellations, "request_cancellation", fail)
        notice = cancel(client)
    assert (notice.order, notice.acknowledged_at) == (None, None)

    process_cancellation(notice)

    assert is_canceled(subscription)
    assert Notification.objects.filter(kind="cancellation").count() == 1
