"""The webhook endpoint: which events are accepted and saved, and what they do."""

import datetime
import json
import time
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from checkout.models import PaymentIntent, WebhookEvent
from checkout.payments import webhook_events
from checkout.payments.reconcile import run_reconciler
from checkout.webhook_registration import (
    WEBHOOK_CHECK_INTERVAL,
    check_webhooks,
    find_webhook_problem,
    register_webhook,
)
from nextcommerce.client import NextClient
from orders.models import Order, OrderEvent
from stores.models import Store
from tests.factories import make_store
from tests.payments.helpers import (
    BrokenStream,
    deliver_raw_webhook,
    deliver_webhook,
    net_charged,
    pay_at_link,
    post_return,
    submit_checkout,
)


def paid_order(shop):
    """Return the sandbox's order of a shopper who paid and closed the tab."""
    pay_at_link(submit_checkout(shop))
    (order,) = shop.sandbox.orders()
    return order


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


def postpone_checks():
    """Postpone every check by an hour, so that only an event can make it due."""
    PaymentIntent.objects.update(next_check_at=timezone.now() + datetime.timedelta(hours=1))


def move_to_host(shop, host):
    """Change the store's host."""
    shop.host = host
    shop.save()


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


def test_events_in_the_wrong_order_end_the_same(shop):
    order = paid_order(shop)

    deliver_webhook(shop, "order.updated", order, event_id="second")
    deliver_webhook(shop, "order.created", order, event_id="first")

    assert Order.objects.get().status == "Paid"
    assert OrderEvent.objects.count() == 1


def test_older_event_does_not_undo_a_newer_one(shop):
    """S2: a stale save undoes the paid state."""
    before = paid_order(shop)
    shop.sandbox.edit_order(before["number"], cancel={})
    after = shop.sandbox.orders()[0]
    assert after["updated_at"] > before["updated_at"]

    deliver_webhook(shop, "order.created", before, event_id="1")
    deliver_webhook(shop, "order.updated", after, event_id="2")
    deliver_webhook(shop, "order.updated", before, event_id="3")

    assert Order.objects.get().status == "Canceled"


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


def test_event_before_we_know_the_order_number_is_applied(shop):
    """S4: the intent is found by its tag."""
    order = paid_order(shop)
    assert PaymentIntent.objects.get().next_order_number is None

    deliver_webhook(shop, "order.created", order)

    assert PaymentIntent.objects.get().next_order_number == order["number"]


def test_event_without_items_makes_the_reconciler_ask_next(shop):
    order = paid_order(shop)
    bare = {key: order[key] for key in ("number", "payment_status", "tags", "currency", "total_incl_tax")}
    postpone_checks()
    unrelated = bare | {"tags": [], "user": {"email": "somebody@else.example"}}
    deliver_webhook(shop, "order.created", unrelated, event_id="event-0")
    assert WebhookEvent.objects.get().outcome == "not an order of this store"

    assert deliver_webhook(shop, "order.created", bare).status_code == 200
    assert Order.objects.get().status == "Pending"
    assert run_reconciler()["payment intents: succeeded"] == 1
    assert Order.objects.get().status == "Paid"

    shop.sandbox.edit_order(order["number"], fulfil={})
    deliver_webhook(shop, "order.updated", bare, event_id="event-2")
    assert run_reconciler()["orders: mirrored"] == 1
    assert not WebhookEvent.objects.exclude(next_try_at=None).exists()


def test_event_about_an_unrelated_order_is_saved_and_ignored(shop):
    order = paid_order(shop) | {"tags": [], "attribution": {}, "number": "900001"}
    order["user"] = {"email": "somebody@else.example"}

    deliver_webhook(shop, "order.created", order)

    event = WebhookEvent.objects.get()
    assert event.outcome == "not an order of this store"
    assert event.next_try_at is None
    assert Order.objects.get().status == "Pending"


def test_late_event_about_a_shipped_order_gets_200_and_changes_nothing(shop):
    """S19."""
    order = paid_order(shop)
    shop.sandbox.edit_order(order["number"], fulfil={})
    deliver_webhook(shop, "order.updated", shop.sandbox.orders()[0], event_id="new")
    before = list(Order.objects.values())

    assert deliver_webhook(shop, "order.created", order, event_id="late").status_code == 200
    assert list(Order.objects.values()) == before


def test_transaction_event_schedules_a_check_of_its_payment(shop):
    intent = submit_checkout(shop)
    pay_at_link(intent)
    attribution = {"metadata": {"payment_intent": intent.pk}}
    postpone_checks()
    other = make_store(slug="other", host="other.test", webhook_secret="whsec_other")

    deliver_webhook(other, "transaction.created", {"order": "1", "attribution": attribution})
    assert run_reconciler() == {}
    deliver_webhook(shop, "transaction.created", {"order": "1", "attribution": attribution})
    run_reconciler()

    assert Order.objects.get().status == "Paid"
    deliver_webhook(shop, "transaction.updated", {"order": "1", "attribution": attribution}, event_id="late")
    assert WebhookEvent.objects.get(event_id="late").outcome == "not about this store"


def test_transaction_and_fulfillment_events_schedule_a_sync_of_their_order_only(shop):
    order = paid_order(shop)
    deliver_webhook(shop, "order.created", order)
    other = make_store(slug="other", host="other.test", webhook_secret="whsec_other")
    number = order["number"]
    for index, (kind, data) in enumerate(
        [
            ("transaction.created", {"order": number}),
            ("transaction.updated", {"order": int(number)}),
            ("fulfillment.created", {"order_number": number}),
            ("fulfillment.updated", {"order": number}),
        ]
    ):
        later = timezone.now() + datetime.timedelta(hours=1)
        Order.objects.update(refresh_at=later)

        deliver_webhook(other, kind, data, event_id=f"theirs {index}")
        deliver_webhook(shop, kind, data | {"order": "x", "order_number": "x"}, event_id=f"another {index}")
        assert Order.objects.get().refresh_at == later
        deliver_webhook(shop, kind, data, event_id=f"ours {index}")
        assert Order.objects.get().refresh_at < later
    outcomes = set(WebhookEvent.objects.exclude(event_type="order.created").values_list("outcome", flat=True))
    assert outcomes == {f"NEXT order {number} will be synced", "not about this store"}


@pytest.mark.parametrize("email", ["Ada@Example.com", "somebody@else.example", "", {"no": "text"}])
def test_customer_event_schedules_checks_of_that_persons_open_payments(shop, email):
    pay_at_link(submit_checkout(shop))
    postpone_checks()
    if not email:
        Order.objects.update(email="")  # as after erasure
    other = make_store(slug="other", host="other.test", webhook_secret="whsec_other")

    deliver_webhook(other, "customer.updated", {"id": 7, "email": email})
    assert run_reconciler() == {}
    deliver_webhook(shop, "customer.updated", {"id": 7, "email": email})
    run_reconciler()

    assert Order.objects.get().status == ("Paid" if email == "Ada@Example.com" else "Pending")
    deliver_webhook(shop, "customer.updated", {"id": 7, "email": email}, event_id="again")
    assert WebhookEvent.objects.get(event_id="again").outcome == "this person has no open payments"


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
    assert len(client.statements_after) <= (13 if times == 1 else 0), client.statements_after
    Order.objects.update(status="Pending", paid_at=None)
    answer.close()
    assert Order.objects.get().status == "Pending"


def test_event_that_cannot_be_applied_gets_200_and_is_retried(shop, monkeypatch, caplog):
    """S19: no 500 and no days of failing deliveries. It is applied as soon as it can be."""
    order = paid_order(shop)
    postpone_checks()
    with monkeypatch.context() as patch:
        patch.setattr(webhook_events, "settle_matching_intent", lambda **_: 1 / 0)
        assert deliver_webhook(shop, "order.created", order).status_code == 200
    assert "couldn't be applied and will be retried" in caplog.text

    deliver_webhook(shop, "never.heard.of", {}, event_id="another")
    assert WebhookEvent.objects.exclude(next_try_at=None).get().event_id == "event-1"
    WebhookEvent.objects.exclude(next_try_at=None).update(next_try_at=timezone.now())

    assert run_reconciler() == {"webhook events: applied": 1}
    assert run_reconciler() == {}
    assert Order.objects.get().status == "Paid"


def test_registering_creates_the_webhook_once_and_fixes_it(shop, monkeypatch):
    move_to_host(shop, "localhost:8000")
    first, second = register_webhook(store=shop), register_webhook(store=shop)
    (hook,) = shop.sandbox.call("GET", "webhooks/").json()["results"]
    shop.sandbox.call("PATCH", f"webhooks/{hook['id']}/", {"active": False, "events": ["order.created"]})

    third = register_webhook(store=shop)
    shop.webhook_secret = "whsec_another"
    fourth = register_webhook(store=shop)

    (hook,) = shop.sandbox.call("GET", "webhooks/").json()["results"]
    shop.webhook_secret = ""
    without_secret = {name: value for name, value in hook.items() if name != "secret_key"}
    monkeypatch.setattr(NextClient, "list_webhooks", lambda _api: iter([without_secret]))
    fifth = register_webhook(store=shop)
    assert first.startswith("created for ")
    assert second.startswith("up to date for ")
    assert third.startswith("updated (events, active)")
    assert fourth.startswith("updated (secret_key)")
    assert fifth.startswith("updated (secret_key)")
    assert hook["secret_key"] == "whsec_another"
    assert hook["target"] == f"http://localhost:8000/webhooks/{shop.slug}/"
    assert hook["api_version"] == "2024-04-01"
    assert hook["active"] is True


def test_registering_creates_a_missing_secret(shop):
    shop.webhook_secret = ""
    move_to_host(shop, "localhost:8000")

    register_webhook(store=shop)

    shop.refresh_from_db()
    assert shop.webhook_secret.startswith("whsec_")
    assert json.dumps(shop.sandbox.requests()).count(shop.webhook_secret) >= 1


def test_webhooks_to_an_old_host_are_reported_and_fixed(shop, client, settings):
    """S26: the store moved to another host, and its events did not."""
    move_to_host(shop, "localhost:7000")
    register_webhook(store=shop)
    Store.objects.update(host="localhost:8000")
    settings.MONITORING_TOKEN = "let-me-monitor"

    def read_health():
        health = client.get("/readyz", headers={"Authorization": "Bearer let-me-monitor"}).json()
        return health["webhooks"], health["stores"][0]["webhook_error"]

    assert check_webhooks() == 0  # checked within the last hour
    Store.objects.update(webhook_checked_at=timezone.now() - WEBHOOK_CHECK_INTERVAL)
    assert check_webhooks() == 1
    wrong = (
        f"No webhook points to http://localhost:8000/webhooks/{shop.slug}/. "
        "Existing webhooks point to: localhost:7000."
    )
    assert read_health() == ("not coming here: run manage.py register_webhooks", wrong)

    call_command("register_webhooks")
    assert read_health() == ("ok", "")


def test_unreachable_store_does_not_stop_webhook_checks_of_others(shop, settings):
    """S26."""
    settings.NEXT_API_CONNECT_SECONDS = 1
    Store.objects.update(webhook_error="unchanged")
    make_store(slug="new", host="new.test", name="A: not set up yet", access_token="")
    make_store(
        slug="away",
        host="away.test",
        name="B: away",
        next_api_url="http://127.0.0.1:9/api/admin/",
        access_token="token",
        webhook_error="unchanged",
    )

    assert check_webhooks() == 2
    assert check_webhooks() == 0

    errors = dict(Store.objects.values_list("slug", "webhook_error"))
    assert errors["away"] == "unchanged"
    assert errors[shop.slug].startswith("No webhook points to")


def test_inactive_webhook_is_reported(shop):
    """S26."""
    move_to_host(shop, "localhost:8000")
    register_webhook(store=shop)
    (hook,) = shop.sandbox.call("GET", "webhooks/").json()["results"]
    shop.sandbox.call("PATCH", f"webhooks/{hook['id']}/", {"active": False})

    assert find_webhook_problem(store=shop) == f"The webhook to {hook['target']} is turned off."
