"""Spans follow a purchase from the checkout to its settlement. Spans and error reports hold no secrets."""

import json

import pytest
import sentry_sdk
from django.test import Client
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sentry_sdk.transport import Transport

from checkout.payments.order_payload import build_return_url
from config import telemetry
from nextcommerce.tracing import set_tracer
from orders.models import Order
from tests.factories import make_store
from tests.payments.helpers import deliver_webhook, pay_at_link, post_return, submit_checkout

# What nobody but the shop, the shopper, and NEXT may know.
PRIVATE = ("ada@example.com", "Ada", "Lovelace", "Main Street", "10952", "2025550140", "203.0.113.7")


@pytest.fixture
def spans():
    """The exporter that collects the finished spans of the test."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    set_tracer(provider.get_tracer("tests"))
    yield exporter
    set_tracer(None)


def serialize(finished):
    return "\n".join(span.to_json() for span in finished)


def test_purchase_is_one_trace_from_checkout_to_settlement(shop, spans):
    intent = submit_checkout(shop)
    response = pay_at_link(intent)
    post_return(intent, response)
    deliver_webhook(shop, "order.created", shop.sandbox.orders()[-1], client=Client())

    finished = spans.get_finished_spans()
    names = [span.name for span in finished]
    assert names == [
        "checkout.place_order",
        "NEXT POST",
        "payment.start",
        "NEXT GET",
        "payment.settle",
        "payment.check",
        "payment.settle",
    ]
    assert len({span.context.trace_id for span in finished}) == 1
    by_name = {span.name: dict(span.attributes) for span in finished}
    assert by_name["payment.start"] == {
        "shop.order": intent.order_id,
        "shop.payment_intent": intent.pk,
        "shop.store": shop.pk,
        "shop.source": "",
        "shop.status": "redirected",
        "shop.next_order": "",
    }
    assert by_name["payment.settle"]["shop.status"] == "succeeded"
    assert by_name["NEXT POST"] == {"shop.path": "orders/"}
    secrets = (shop.access_token, shop.webhook_secret, build_return_url(intent), intent.payment_complete_url)
    assert [word for word in (*PRIVATE, *secrets) if word in serialize(finished)] == []


def test_two_purchases_are_two_traces(shop, spans):
    submit_checkout(shop, key="first")
    submit_checkout(shop, key="second")

    assert len({span.context.trace_id for span in spans.get_finished_spans()}) == 2


def test_failed_call_is_recorded_by_its_kind_alone(shop, spans):
    shop.sandbox.plan_fault("status", operation="ordersCreate", when="before", status=500)
    submit_checkout(shop)

    failed = [span for span in spans.get_finished_spans() if not span.status.is_ok]
    assert {(span.name, span.status.description) for span in failed} == {("NEXT POST", "NextApiError")}
    assert [event for span in failed for event in span.events] == []


def test_purchase_without_a_tracer_records_nothing_and_works(shop):
    intent = submit_checkout(shop)
    post_return(intent, pay_at_link(intent))

    assert Order.objects.get().status == "Paid"


class CollectingTransport(Transport):
    """Keeps the reports instead of sending them."""

    def __init__(self):
        super().__init__()
        self.reports = []

    def capture_envelope(self, envelope):
        self.reports += [item.payload.json for item in envelope.items]


@pytest.fixture
def reports(settings):
    """The error reports that Sentry would get."""
    settings.SENTRY_DSN = "https://public@sentry.example.com/1"
    transport = CollectingTransport()
    telemetry.set_up_sentry(transport=transport)
    yield transport.reports
    sentry_sdk.get_client().close()
    sentry_sdk.init()


@pytest.mark.django_db
def test_error_report_has_the_error_and_nothing_that_visitors_sent(reports, monkeypatch, client):
    store = make_store()

    def fail(*_args, **_kwargs):
        street = "".join(["12 Ma", "in Street"])  # reports show the source code
        raise RuntimeError(f"no room for ada@example.com with token=abc123 {len(street)}")

    monkeypatch.setattr("stores.middleware.get_store_for_request", fail)
    client.raise_request_exception = False
    client.cookies["sessionid"] = "".join(["s3s", "s10n"])
    token = "pi_0VbikJ8pRRU61KSlZPaTQqfKxqp6R3." + "m" * 24
    client.post(
        f"/checkout/return/{token}?email=ada@example.com&name=Lovelace",
        {"response": "typed", "first_name": "Lovelace"},
        headers={
            "Authorization": "Basic " + "".join(["c2Vj", "cmV0"]),
            "Referer": f"https://x.example/orders/{token}",
        },
    )

    text = json.dumps(reports, ensure_ascii=False)
    assert "RuntimeError" in text
    assert "no room for …@example.com with token=…" in text
    private = (*PRIVATE[:4], "s3ss10n", "c2VjcmV0", "abc123", "m" * 24, "typed", store.access_token)
    assert [word for word in private if word in text] == []


def test_breadcrumbs_of_queries_are_dropped_and_others_lose_their_data():
    assert telemetry.scrub_breadcrumb({"category": "query", "message": "SELECT 'Ada'"}, {}) is None
    assert telemetry.scrub_breadcrumb(
        {"category": "httplib", "message": "GET token=abc", "data": {"http.query": "email=ada@example.com"}},
        {},
    ) == {"category": "httplib", "message": "GET token=…"}
