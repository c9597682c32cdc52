"""The webhook endpoint: which events are accepted and saved, and what they do."""

import time
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from checkout.models import PaymentIntent, WebhookEvent
from orders.models import Order, OrderEvent
from tests.factories import make_store
from tests.payments.helpers import (
    BrokenStream,
    deliver_raw_webhook,
    deliver_webhook,
    net_charged,
    paid_order,
    pay_at_link,
    post_return,
    submit_checkout,
)


class QueryCountingClient(Client):
    """Counts the SQL statements until the response, and those from the response until it is closed."""

    def __init__(self):
        super().__init__(enforce_csrf_checks=True)
        handle = self.handler.get_response

        def get_response(request):
            with CaptureQueriesContext(connection) as queries:
                response = handle(request)
            self.statements, self.queries = statements(queries), CaptureQueriesContext(connection)
            self.queries.__enter__()
            return response

        self.handler.get_response = get_response

    def post(self, *args, **kwargs):
        response = super().post(*args, **kwargs)
        self.queries.__exit__(None, None, None)
        self.statements_after = statements(self.queries)
        return response


def statements(queries):
    """Return the SQL statements without BEGIN and COMMIT."""
    transaction_words = {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"}
    return [query["sql"] for query in queries if query["sql"].split()[0] not in transaction_words]


def wait_for(check, seconds=10):
    """Wait until `check()` is true. Return its last result."""
    deadline = time.monotonic() + seconds
    while not check() and time.monotonic() < deadline:
        time.sleep(0.05)
    return check()


def test_webhook_alone_settles_the_order_without_another_call(webhook_shop):
    """S1: the shopper pays and closes the tab."""
    intent = submit_checkout(webhook_shop)
    pay_at_link(intent)

    assert wait_for(lambda: Order.objects.get().status == "Paid")
    assert PaymentIntent.objects.get().status == "succeeded"
    assert post_return(intent, {}).status_code == 303
    assert [call["operation"] for call in webhook_shop.sandbox.requests()] == ["ordersCreate"]
    assert net_charged(webhook_shop) == Decimal("54.00")


@pytest.mark.parametrize("signature", ["raw", "reserialised"])
def test_both_signature_forms_are_accepted_with_non_ascii_names(webhook_shop, signature):
    """S12."""
    webhook_shop.sandbox.switches(webhooks={"signature": signature})
    intent = submit_checkout(webhook_shop, first_name="Zoë  \U0001f600")
    pay_at_link(intent)

    assert wait_for(lambda: Order.objects.get().status == "Paid")


def test_repeated_event_has_one_effect_and_always_gets_200(shop):
    """S18."""
    order = paid_order(shop)

    answers = [deliver_webhook(shop, "order.created", order).status_code for _ in range(5)]

    assert answers == [200] * 5
    assert WebhookEvent.objects.count() == 1
    assert OrderEvent.objects.filter(kind="paid").count() == 1


def test_valid_signature_of_another_store_is_refused(shop):
    """S10."""
    order = paid_order(shop)
    other = make_store(slug="other", host="other.test", webhook_secret="whsec_other")

    answer = deliver_webhook(shop, "order.created", order, secret=other.webhook_secret)
    theirs = deliver_webhook(shop, "order.created", order, secret=other.webhook_secret, slug="other")

    assert answer.status_code == 401
    assert theirs.status_code == 200
    assert Order.objects.get().status == "Pending"


def test_webhook_without_a_secret_is_refused(shop):
    """S11."""
    order = paid_order(shop)
    shop.webhook_secret = ""
    shop.save()

    assert deliver_webhook(shop, "order.created", order, secret="").status_code == 401
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'"text"', 400),
        (b"{}", 400),
        (b'{"event_id": 7, "event_type": "order.created"}', 400),
        (b'{"event_id": "", "event_type": "order.created"}', 400),
        (b'{"event_id": "%s", "event_type": "order.created"}' % (b"a" * 65), 400),
        (b'{"event_id": "a", "event_type": null}', 400),
        (b'{"event_id": "a", "event_type": "order.created"}', 200),
        (b'{"event_id": "a", "event_type": "order.created", "data": []}', 200),
        (b'{"event_id": "a", "event_type": "order.created", "data": {"number": {"x": 1}, "tags": 7}}', 200),
        (b'{"event_id": "a", "event_type": "never.heard.of", "data": {}}', 200),
        (b'{"event_id": "a", "event_type": "transaction.created", "data": {"order": ["x"]}}', 200),
        (b'{"event_id": "a\\u0000", "event_type": "order.created", "data": {}}', 200),
        (b'{"event_id": "\\ud800", "event_type": "order.created", "data": {}}', 200),
        (b'{"event_id": "a", "event_type": "order.\\u0000\\ud800", "data": {}}', 200),
        (b'{"event_id": "a", "event_type": "order.created", "data": {"x\\u0000": "\\u0000"}}', 200),
        (b'{"event_id": "a", "event_type": "order.created", "data": {"number": "\\ud800"}}', 200),
        (b'{"event_id": "a", "event_type": "order.created", "data": {"number": "\\u0000"}}', 200),
        (b'{"event_id": "a", "event_type": "transaction.created", "data": {"order": "\\u0000"}}', 200),
        (b'{"event_id": "a", "event_type": "order.created", "data": {"x": NaN, "y": Infinity}}', 200),
        (b'{"event_id": "a", "event_type": "order.created", "data": {"x": 1e999, "y": [-1e999]}}', 200),
        (b"[" * 100_000, 400),
        (b"\xff\xfe", 400),
    ],
)
def test_malformed_body_gets_a_clear_status_and_never_a_500(shop, body, status):
    """S30."""
    assert deliver_raw_webhook(shop, body).status_code == status
    assert WebhookEvent.objects.exists() == (status == 200)


def test_body_of_ten_megabytes_is_refused(shop):
    """S30."""
    assert deliver_raw_webhook(shop, b"x" * 10_000_000).status_code == 413


def test_interrupted_delivery_is_refused_without_a_500(shop, client):
    """S30: NEXT will deliver it again."""
    cut_off = {"CONTENT_LENGTH": "7", "wsgi.input": BrokenStream()}

    answer = client.generic("POST", f"/webhooks/{shop.slug}/", b"", "application/json", **cut_off)

    assert answer.status_code == 400


def test_unknown_store_is_404_and_wrong_method_405(shop, client):
    assert deliver_webhook(shop, "order.created", {}, slug="nobody").status_code == 404
    assert client.get(f"/webhooks/{shop.slug}/").status_code == 405


@pytest.mark.parametrize("times", [1, 2])
def test_webhook_responds_with_few_queries_and_is_applied_afterwards(shop, times):
    """A repeated delivery is only recognized, not applied again."""
    order = paid_order(shop)
    for _ in range(times - 1):
        deliver_webhook(shop, "order.created", order)
        Order.objects.update(status="Pending", paid_at=None)
    client = QueryCountingClient()

    answer = deliver_webhook(shop, "order.created", order, client=client)

    assert answer.status_code == 200
    assert len(client.statements) <= 3, client.statements
    assert Order.objects.get().status == ("Paid" if times == 1 else "Pending")
    assert len(client.statements_after) <= (16 if times == 1 else 0), client.statements_after
    Order.objects.update(status="Pending", paid_at=None)
    answer.close()
    assert Order.objects.get().status == "Pending"
