"""Prometheus metrics: database rows are counted on each scrape, API calls when they happen."""

import datetime
import os
from collections.abc import Iterable, Iterator

from django.db.models import Avg, Count, F, Max, Min
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

import nextcommerce.metrics  # noqa: F401  (registers its counters before the first scrape)
from catalog.models import Hold
from checkout.heartbeat import get_reconciler_heartbeat
from checkout.models import PaymentIntent, WebhookEvent
from orders.models import Notification, OrderReview
from orders.notifications import SEND_LEASE
from stores.models import Store

RECENT = datetime.timedelta(hours=24)
OVERDUE = datetime.timedelta(minutes=5)


class DatabaseCollector(Collector):
    """Metrics read from the database on each scrape."""

    def describe(self) -> Iterable[Metric]:
        return []  # so that registering runs no queries

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        yield from self._collect_intents(now)
        yield from self._collect_backlog(now)
        yield from self._collect_stores()
        last_run = get_reconciler_heartbeat()
        yield build_gauge(
            "shop_reconciler_last_run_timestamp_seconds",
            "When the reconciler last ran; 0: never",
            last_run.timestamp() if last_run else 0,
        )

    def _collect_intents(self, now: datetime.datetime) -> Iterator[Metric]:
        recent = PaymentIntent.objects.filter(created_at__gte=now - RECENT)
        by_status = GaugeMetricFamily(
            "shop_payment_intents", "Payment intents of the last 24 hours, by outcome", labels=["status"]
        )
        counted = dict(recent.order_by().values_list("status").annotate(Count("id")))
        for status in PaymentIntent.Status.values:
            by_status.add_metric([status], counted.get(status, 0))
        yield by_status
        delay = recent.filter(settled_at__isnull=False).aggregate(
            mean=Avg(F("settled_at") - F("sent_at")), max=Max(F("settled_at") - F("sent_at"))
        )
        for name, value in delay.items():
            yield build_gauge(
                f"shop_settlement_{name}_seconds",
                "Time from creating the order at NEXT to settlement, including the shopper's time at Link, "
                "last 24 hours",
                value.total_seconds() if value else 0,
            )
        yield build_gauge(
            "shop_payment_intents_overdue",
            "Payment intents whose check is more than five minutes late",
            PaymentIntent.objects.filter(next_check_at__lt=now - OVERDUE).count(),
        )

    def _collect_backlog(self, now: datetime.datetime) -> Iterator[Metric]:
        events = WebhookEvent.objects.filter(next_try_at__isnull=False)
        oldest = events.aggregate(at=Min("received_at"))["at"]
        yield build_gauge(
            "shop_webhook_events_unapplied", "Webhook events saved but not yet applied", events.count()
        )
        yield build_gauge(
            "shop_webhook_events_oldest_unapplied_seconds",
            "Age of the oldest unapplied webhook event",
            (now - oldest).total_seconds() if oldest else 0,
        )
        yield build_gauge(
            "shop_reviews_open",
            "Reviews that staff must close",
            OrderReview.objects.open().count(),
        )
        yield build_gauge(
            "shop_holds_lapsed",
            "Stock holds that expired more than five minutes ago",
            Hold.objects.filter(state=Hold.State.HELD, expires_at__lt=now - OVERDUE).count(),
        )
        yield build_gauge(
            "shop_notifications_unsent",
            "Emails not sent yet",
            # Without the reminders that wait for their day.
            Notification.objects.filter(next_try_at__isnull=False)
            .exclude(attempts=0, next_try_at__gt=timezone.now() + SEND_LEASE)
            .count(),
        )

    def _collect_stores(self) -> Iterator[Metric]:
        last_responses = GaugeMetricFamily(
            "shop_store_last_response_timestamp_seconds",
            "When NEXT last responded for a store; 0: never",
            labels=["store"],
        )
        last_failures = GaugeMetricFamily(
            "shop_store_last_failure_timestamp_seconds",
            "When a call for a store last failed; 0: never",
            labels=["store"],
        )
        columns = ("slug", "last_response_at", "last_failure_at")
        for slug, responded_at, failed_at in Store.objects.values_list(*columns):
            last_responses.add_metric([slug], responded_at.timestamp() if responded_at else 0)
            last_failures.add_metric([slug], failed_at.timestamp() if failed_at else 0)
        yield last_responses
        yield last_failures


def build_gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value=value)


def render_metrics() -> tuple[bytes, str]:
    """Return all metrics as text, and their content type."""
    database_registry = CollectorRegistry()
    database_registry.register(DatabaseCollector())
    counter_registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        counter_registry = CollectorRegistry()
        MultiProcessCollector(counter_registry)
    return generate_latest(database_registry) + generate_latest(counter_registry), CONTENT_TYPE_LATEST
