"""The monitoring URLs: /healthz, /readyz and /metrics."""

import datetime
import socket
import threading
import time

import pytest
from cryptography.fernet import Fernet
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from checkout.heartbeat import record_reconciler_heartbeat
from checkout.models import Heartbeat, WebhookEvent
from config import health
from config.health import stores_with_last_webhook
from nextcommerce.errors import NextApiError
from nextcommerce.sentences import SERVER_ERROR
from stores.next_client import open_next_client
from tests.factories import make_store
from tests.orders_api.test_order_list import explain_without_seqscan
from tests.payments.helpers import pay_at_link, post_return, submit_checkout

TOKEN = {"Authorization": "Bearer let-me-monitor"}


@pytest.fixture(autouse=True)
def monitoring_token(settings):
    settings.MONITORING_TOKEN = "let-me-monitor"


def read_metrics(client):
    response = client.get("/metrics", headers=TOKEN)
    assert response.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.django_db
def test_probes_work_on_any_host_and_over_plain_http(client, settings, path):
    settings.SECURE_SSL_REDIRECT = True

    response = client.get(path, headers={"Host": "10.0.0.7:8000"})

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"


def test_healthz_works_without_the_database(client):
    assert client.get("/healthz").content == b"ok\n"


@pytest.mark.django_db(transaction=True)
def test_readyz_reports_problems_but_stays_ready(client):
    assert client.get("/readyz").json()["stores"] == "none yet: add one in the admin, under Stores"
    make_store(slug="quiet")
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "database": "ok",
        "migrations": "ok",
        "reconciler": "never ran: start manage.py reconcile --forever",
        "stores": "ok",
        "webhooks": "ok",
    }


@pytest.mark.django_db(transaction=True)
def test_readyz_reports_a_stopped_reconciler(client):
    record_reconciler_heartbeat()
    assert client.get("/readyz").json()["reconciler"] == "ok"

    Heartbeat.objects.update(at=timezone.now() - datetime.timedelta(minutes=10))
    assert client.get("/readyz").json()["reconciler"] == "late: last ran 600 seconds ago"


@pytest.mark.django_db(transaction=True)
def test_readyz_names_a_failing_store_only_with_the_token(client):
    """S26."""
    now = timezone.now()
    store = make_store(
        slug="down",
        last_response_at=now - datetime.timedelta(hours=1),
        last_failure_at=now,
        last_failure_message=SERVER_ERROR.fill(status=502),
    )
    WebhookEvent.objects.create(store=store, event_id="1", event_type="order.created", data={})

    public = client.get("/readyz").json()
    private = client.get("/readyz", headers=TOKEN).json()

    assert public["stores"] == "failing"
    assert "502" not in str(public)
    assert private["stores"][0]["store"] == "down"
    assert private["stores"][0]["last_failure_message"] == "NEXT Commerce returned an error (502)."
    assert private["stores"][0]["last_webhook_at"] is not None


@pytest.mark.concurrent
def test_newest_webhook_event_of_each_store_is_found_by_index(db):
    """The probe runs every few seconds and must not scan a million events."""
    plan = explain_without_seqscan(stores_with_last_webhook())

    assert "webhook_newest_of_a_store" in plan


@pytest.mark.django_db(transaction=True)
def test_shop_with_missing_migrations_is_not_ready(client):
    recorder = MigrationRecorder(connection)
    (missing,) = [name for app, name in recorder.applied_migrations() if app == "nextcommerce"]
    recorder.record_unapplied("nextcommerce", missing)

    response = client.get("/readyz")

    recorder.record_applied("nextcommerce", missing)
    assert response.status_code == 503
    assert response.json()["migrations"] == "missing: run manage.py migrate"


@pytest.mark.concurrent
@pytest.mark.django_db
def test_unresponsive_database_is_reported_within_seconds(client, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = silent.getsockname()
        unresponsive = connections.create_connection(DEFAULT_DB_ALIAS)
        unresponsive.settings_dict = unresponsive.settings_dict | {"HOST": host, "PORT": port}
        unresponsive.inc_thread_sharing()
        monkeypatch.setattr(health, "connection", unresponsive)
        started = time.monotonic()

        response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["database"] == "not responding: no answer within 2 seconds"
    assert time.monotonic() - started < 3


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_database_that_hangs_behind_an_open_connection_is_reported_within_seconds(client):
    """Every probe gets its answer, and together they start a single thread."""
    before = threading.active_count()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
        started = time.monotonic()
        answers = [client.get("/readyz") for _ in range(2)]
        seconds = time.monotonic() - started
        threads = threading.active_count() - before

    assert [answer.status_code for answer in answers] == [503, 503]
    assert answers[0].json() == {
        "status": "not ready",
        "database": "not responding: no answer within 2 seconds",
    }
    assert seconds < 5
    assert threads <= 1
    assert client.get("/healthz").status_code == 200
    time.sleep(0.5)
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_wrong_encryption_key_is_not_ready_and_says_so(client, settings):
    """Pages that call NEXT would fail one by one."""
    make_store(access_token="secret-token")
    assert client.get("/readyz").status_code == 200

    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["encryption"].startswith("wrong key: put the one it was encrypted with")


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer guess"}, {"Authorization": "Bearer "}])
def test_metrics_require_the_token(client, settings, headers):
    assert client.get("/metrics", headers=headers).status_code == 404

    settings.MONITORING_TOKEN = ""
    assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.django_db
def test_metrics_count_unfinished_work(client):
    store = make_store(slug="one", last_response_at=timezone.now())
    WebhookEvent.objects.create(
        store=store, event_id="1", event_type="order.created", data={}, next_try_at=timezone.now()
    )
    metrics = read_metrics(client)

    assert metrics["shop_webhook_events_unapplied",] == 1
    assert metrics["shop_reviews_open",] == 0
    assert metrics["shop_payment_intents", "review"] == 0
    assert metrics["shop_reconciler_last_run_timestamp_seconds",] == 0
    assert metrics["shop_store_last_response_timestamp_seconds", "one"] == store.last_response_at.timestamp()


def test_metrics_count_api_calls_by_outcome(client, shop):
    before = read_metrics(client)
    open_next_client(shop).list_shipping_methods()
    with pytest.raises(NextApiError):
        open_next_client(shop).retrieve_order("none-such")
    after = read_metrics(client)

    def increase(*name):
        return after.get(name, 0) - before.get(name, 0)

    assert increase("shop_next_api_calls_total", "GET", "ok") == 1
    assert increase("shop_next_api_calls_total", "GET", "refused") == 1
    assert increase("shop_next_api_call_seconds_count", "GET") == 2
    assert increase("shop_next_api_turn_seconds_count", "shopper") == 2


def test_metrics_count_settled_payments(client, shop):
    intent = submit_checkout(shop)
    post_return(intent, pay_at_link(intent))
    metrics = read_metrics(client)

    assert metrics["shop_payment_intents", "succeeded"] == 1
    assert metrics["shop_settlement_max_seconds",] > 0
