"""What the law wants consumers to have in a lasting form with the confirmation of their order."""

import pytest
from django.core import mail as outgoing

from orders import notifications
from orders.models import Notification
from tests.factories import make_order, make_store

FORM = "I/We (*) hereby give notice that I/We (*) withdraw from my/our (*) contract of sale"


@pytest.fixture
def store(db):
    return make_store(
        countries=["DE"],
        support_email="help@example.com",
        legal_name="Lamp House GmbH",
        invoice_address="Lange Str. 1\n10115 Berlin",
        next_sends_receipt=False,
    )


def send(order, kind="confirmation"):
    notifications.resend_notification(order=order, kind=kind)
    notifications.send_due_notifications()
    return outgoing.outbox[-1]


def bodies(message):
    return message.body, message.alternatives[0].content


def test_confirmation_has_instructions_and_form_with_the_sellers_address(store):
    message = send(make_order(store))

    for body in bodies(message):
        assert "You have the right to withdraw from this contract within 14 days" in body
        assert FORM in body
        for text in ("Lamp House GmbH", "Lange Str. 1", "10115 Berlin", "help@example.com"):
            assert text in body
        assert "http://testserver/withdraw" in body


@pytest.mark.parametrize(
    ("item", "text", "has_returns"),
    [
        ({"requires_shipping": True}, "physical possession of the last good", True),
        (
            {"requires_shipping": True, "selling_plan": {"name": "Monthly", "interval": "month"}},
            "physical possession of the first good",
            True,
        ),
        ({"requires_shipping": False}, "the day of the conclusion of the contract", False),
    ],
)
def test_period_begins_as_the_law_has_it_for_what_was_sold(store, item, text, has_returns):
    from orders.contract_documents import describe_contract
    from orders.models import Order

    order = Order.objects.get(pk=make_order(store, items=[item]).pk)
    context = describe_contract(order)
    from django.template.loader import render_to_string

    period = render_to_string("orders/emails/_withdrawal_period.txt", context)
    assert text in period
    assert context["ships"] is has_returns


def test_own_instructions_replace_the_model_and_terms_are_attached(store):
    store.withdrawal_instructions = "You may withdraw for 30 days."
    store.terms = "1. Scope\nThese terms apply."
    store.save()

    message = send(make_order(store))

    for body in bodies(message):
        assert "You may withdraw for 30 days." in body
        assert "within 14 days" not in body
        assert FORM in body
    ((name, content, kind),) = message.attachments
    assert (name, kind) == ("terms.txt", "text/plain")
    assert "1. Scope\r\nThese terms apply.\r\n" in (
        content.decode("utf-8-sig") if isinstance(content, bytes) else content
    )


@pytest.mark.parametrize(
    ("fields", "is_sent"),
    [
        ({"countries": ["US"]}, False),
        ({"countries": ["US"], "contract_documents": "on"}, True),
        ({"countries": ["DE"], "contract_documents": "off"}, False),
    ],
)
def test_documents_are_for_stores_that_sell_to_the_eea(db, fields, is_sent):
    message = send(make_order(make_store(next_sends_receipt=False, **fields)))

    assert (FORM in message.body) is is_sent


@pytest.mark.parametrize(("country", "kinds"), [("DE", ["contract"]), ("US", [])])
def test_documents_go_out_by_themselves_if_next_sends_the_receipt(db, country, kinds):
    order = make_order(make_store(countries=[country], next_sends_receipt=True))

    for _ in range(2):
        notifications.queue_order_notifications(order=order, was_paid=False, sent_shipments=[])
    notifications.send_due_notifications()

    assert list(Notification.objects.values_list("kind", flat=True)) == kinds
    for message in outgoing.outbox:
        assert message.subject == f"Documents for order {order.number}"
        assert all(FORM in body for body in bodies(message))
