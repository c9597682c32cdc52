"""`/healthz`, `/readyz` and `/metrics`, answered on any host name before other middleware runs."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from checkout.heartbeat import get_reconciler_heartbeat
from checkout.models import WebhookEvent
from config.deadlines import read_within
from config.metrics import render_metrics
from stores.crypto import has_readable_secrets
from stores.models import Store

# The reconciler runs every few seconds.
RECONCILER_LATE_AFTER_SECONDS = 120
# Load balancers wait little longer for a probe.
PROBE_SECONDS = 2.0
NO_STORES = "none yet: add one in the admin, under Stores"


class MonitoringMiddleware:
    """Serves the three monitoring URLs. Probes use plain http and don't know any store's host."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.views = {"/healthz": liveness_probe, "/readyz": readiness_probe, "/metrics": metrics_endpoint}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = self.views.get(request.path)
        response = view(request) if view else self.get_response(request)
        if view:
            response.headers["Cache-Control"] = "no-store"
        return response


def has_monitoring_token(request: HttpRequest) -> bool:
    """Return True if the request has MONITORING_TOKEN as its bearer token."""
    received = request.headers.get("Authorization", "")
    expected = f"Bearer {settings.MONITORING_TOKEN}"
    return bool(settings.MONITORING_TOKEN) and hmac.compare_digest(received.encode(), expected.encode())


def liveness_probe(request: HttpRequest) -> HttpResponse:
    """Respond with 200 if the process runs; checks nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


def readiness_probe(request: HttpRequest) -> HttpResponse:
    """Respond with 200 if the database answers in time, is migrated, and has secrets we can read, else 503.

    Also reports the reconciler and the stores, in detail with MONITORING_TOKEN. They don't change the
    status, because taking the shop offline would help neither.
    """
    report = read_within(PROBE_SECONDS, read_database_report) or DatabaseReport(
        {"database": f"not responding: no answer within {PROBE_SECONDS:g} seconds"}
    )
    body = {"status": "ok" if report.is_ready else "not ready", **report.checks}
    if has_monitoring_token(request):
        body |= report.details
    return JsonResponse(body, status=200 if report.is_ready else 503)


@dataclass
class DatabaseReport:
    """What the database says of the shop. `checks` are public."""

    checks: dict[str, str]
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        return all(self.checks.get(name, "ok") == "ok" for name in ("database", "migrations", "encryption"))


def read_database_report() -> DatabaseReport:
    report = DatabaseReport({"database": "ok", "migrations": "ok"})
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            report.checks["migrations"] = "missing: run manage.py migrate"
            return report
        report.checks["reconciler"] = _reconciler_status()
        stores = list(stores_with_last_webhook())
    except DatabaseError as error:
        report.checks["database"] = f"unreachable: {type(error).__name__}"
        return report
    if not all(has_readable_secrets(store) for store in stores):
        report.checks["encryption"] = "wrong key: put the one it was encrypted with into ENCRYPTION_KEYS"
    report.details["stores"] = [_store_status(store) for store in stores]
    report.checks |= _summarize_stores(report.details["stores"])
    return report


def _summarize_stores(stores: list[dict[str, Any]]) -> dict[str, str]:
    failing = any(row["failing"] for row in stores)
    has_errors = any(row["webhook_error"] for row in stores)
    return {
        "stores": "failing" if failing else "ok" if stores else NO_STORES,
        "webhooks": "not arriving: run manage.py register_webhooks" if has_errors else "ok",
    }


def metrics_endpoint(request: HttpRequest) -> HttpResponse:
    """Respond with the metrics in Prometheus's text format, or with 404 without MONITORING_TOKEN."""
    if not has_monitoring_token(request):
        return HttpResponse("Not found\n", status=404, content_type="text/plain")
    body, content_type = render_metrics()
    return HttpResponse(body, content_type=content_type)


def _reconciler_status() -> str:
    last_run = get_reconciler_heartbeat()
    if last_run is None:
        return "never ran: start manage.py reconcile --forever"
    seconds = (timezone.now() - last_run).total_seconds()
    return "ok" if seconds < RECONCILER_LATE_AFTER_SECONDS else f"late: last ran {round(seconds)} seconds ago"


def stores_with_last_webhook() -> QuerySet[Any]:
    """Return the stores with `last_webhook_at`, the time of their latest webhook event."""
    # This runs every few seconds, so read one row by the index instead of aggregating a million events.
    times = WebhookEvent.objects.filter(store=OuterRef("pk")).order_by("-received_at").values("received_at")
    return Store.objects.annotate(last_webhook_at=Subquery(times[:1]))


def _store_status(store: Any) -> dict[str, Any]:
    """Report when the store's NEXT last responded, and what failed last (S26)."""
    responded_at, failed_at = store.last_response_at, store.last_failure_at
    return {
        "store": store.slug,
        "last_response_at": responded_at,
        "last_webhook_at": store.last_webhook_at,
        "last_failure_at": failed_at,
        "last_failure_message": store.last_failure_message.in_english(),
        "webhook_error": store.webhook_error.in_english(),
        "failing": failed_at is not None and (responded_at is None or failed_at > responded_at),
    }
