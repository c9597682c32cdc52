"""`/healthz`, `/readyz` and `/metrics`: for whoever watches, on any host name, before anything else."""

import hmac
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from checkout.heartbeat import get_reconciler_heartbeat
from checkout.models import WebhookEvent
from config.metrics import render_metrics
from stores.models import Store

# The reconciler does a round every few seconds.
RECONCILER_LATE_AFTER_SECONDS = 120
NO_STORE_YET = "none yet: add one in the admin, under Stores"


class MonitoringMiddleware:
    """Answers the three addresses: a probe knows no host of a store, and speaks plain http to us."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.pages = {"/healthz": liveness_probe, "/readyz": readiness_probe, "/metrics": metrics_endpoint}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        page = self.pages.get(request.path)
        response = page(request) if page else self.get_response(request)
        if page:
            response.headers["Cache-Control"] = "no-store"
        return response


def has_monitoring_token(request: HttpRequest) -> bool:
    """Tell whether the request shows MONITORING_TOKEN."""
    shown = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.MONITORING_TOKEN}"
    return bool(settings.MONITORING_TOKEN) and hmac.compare_digest(shown.encode(), wanted.encode())


def liveness_probe(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


def readiness_probe(request: HttpRequest) -> HttpResponse:
    """200 where this process can serve: database there and migrated; else 503.

    The reconciler and the stores are told of (with MONITORING_TOKEN in detail) and change no status: taking
    the shop away would help neither.
    """
    checks: dict[str, str] = {"database": "ok", "migrations": "ok"}
    details: dict[str, Any] = {}
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            checks["migrations"] = "missing: run manage.py migrate"
        else:
            checks["reconciler"] = _reconciler_status()
            details["stores"] = [_store_status(store) for store in stores_with_last_webhook()]
            failing = any(row["failing"] for row in details["stores"])
            checks["stores"] = "failing" if failing else "ok" if details["stores"] else NO_STORE_YET
            troubled = any(row["webhook_error"] for row in details["stores"])
            checks["webhooks"] = "not coming here: run manage.py register_webhooks" if troubled else "ok"
    except DatabaseError as error:
        checks["database"] = f"not reached: {type(error).__name__}"
    is_ready = checks["database"] == checks["migrations"] == "ok"
    answer = {"status": "ok" if is_ready else "not ready", **checks}
    if has_monitoring_token(request):
        answer |= details
    return JsonResponse(answer, status=200 if is_ready else 503)


def metrics_endpoint(request: HttpRequest) -> HttpResponse:
    """Prometheus's text format; 404 without MONITORING_TOKEN."""
    if not has_monitoring_token(request):
        return HttpResponse("Not found\n", status=404, content_type="text/plain")
    body, content_type = render_metrics()
    return HttpResponse(body, content_type=content_type)


def _reconciler_status() -> str:
    last = get_reconciler_heartbeat()
    if last is None:
        return "never ran: start manage.py reconcile --forever"
    seconds = (timezone.now() - last).total_seconds()
    return "ok" if seconds < RECONCILER_LATE_AFTER_SECONDS else f"late: last ran {round(seconds)} seconds ago"


def stores_with_last_webhook() -> QuerySet[Any]:
    """The stores, each with when it last told us something."""
    # The newest by its index: asked every few seconds, and there may be a million.
    told = WebhookEvent.objects.filter(store=OuterRef("pk")).order_by("-received_at").values("received_at")
    return Store.objects.annotate(last_webhook_at=Subquery(told[:1]))


def _store_status(store: Any) -> dict[str, Any]:
    """When we last heard from the store, and what failed last (S26)."""
    heard, failed = store.last_response_at, store.last_failure_at
    return {
        "store": store.slug,
        "last_response_at": heard,
        "last_webhook_at": store.last_webhook_at,
        "last_failure_at": failed,
        "last_failure_message": store.last_failure_message,
        "webhook_error": store.webhook_error,
        "failing": failed is not None and (heard is None or failed > heard),
    }
