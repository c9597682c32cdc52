"""The metrics, in Prometheus's text format: rows are counted when asked, calls while they happen."""

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

import nextcommerce.metrics  # noqa: F401  (so that its counters are there from the first scrape)
from catalog.models import Hold
from checkout.heartbeat import get_reconciler_heartbeat
from checkout.models import PaymentIntent, WebhookEvent
from orders.models import Notification, Order
from stores.models import Store

RECENT = datetime.timedelta(hours=24)
OVERDUE = datetime.timedelta(minutes=5)


class DatabaseCollector(Collector):
    """What the database says at this moment."""

    def describe(self) -> Iterable[Metric]:
        return []  # so that registering asks the database nothing

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        yield from self._intents(now)
        yield from self._waiting(now)
        yield from self._stores()
        last = get_reconciler_heartbeat()
        yield build_gauge(
            "shop_reconciler_last_run_timestamp_seconds",
            "When the reconciler last did a round; 0: never",
            last.timestamp() if last else 0,
        )

    def _intents(self, now: datetime.datetime) -> Iterator[Metric]:
        recent = PaymentIntent.objects.filter(created_at__gte=now - RECENT)
        by_status = GaugeMetricFamily(
            "shop_payment_intents", "Payment intents of the last 24 hours, by outcome", labels=["status"]
        )
        counted = dict(recent.order_by().values_list("status").annotate(Count("id")))
        for status in PaymentIntent.Status.values:
            by_status.add_metric([status], counted.get(status, 0))
        yield by_status
        delay = recent.filter(settled_at__isnull=False).aggregate(
            mean=Avg(F("settled_at") - F("sent_at")), most=Max(F("settled_at") - F("sent_at"))
        )
        for name, value in (("mean", delay["mean"]), ("max", delay["most"])):
            yield build_gauge(
                f"shop_settlement_{name}_seconds",
                "From asking the store to settled, the shopper's time at Link included, last 24 hours",
                value.total_seconds() if value else 0,
            )
        yield build_gauge(
            "shop_payment_intents_overdue",
            "Intents that should have been looked at five minutes ago",
            PaymentIntent.objects.filter(next_check_at__lt=now - OVERDUE).count(),
        )

    def _waiting(self, now: datetime.datetime) -> Iterator[Metric]:
        events = WebhookEvent.objects.filter(next_try_at__isnull=False)
        oldest = events.aggregate(at=Min("received_at"))["at"]
        yield build_gauge("shop_webhook_events_unapplied", "Events kept and not yet applied", events.count())
        yield build_gauge(
            "shop_webhook_events_oldest_unapplied_seconds",
            "Age of the oldest of them",
            (now - oldest).total_seconds() if oldest else 0,
        )
        yield build_gauge(
            "shop_reviews_open",
            "Orders and intents that staff must look at",
            Order.objects.exclude(review_reason="").count()
            + PaymentIntent.objects.filter(
                status=PaymentIntent.Status.REVIEW, order__review_reason=""
            ).count(),
        )
        yield build_gauge(
            "shop_holds_lapsed",
            "Stock held for longer than it should be",
            Hold.objects.filter(state=Hold.State.HELD, expires_at__lt=now - OVERDUE).count(),
        )
        yield build_gauge(
            "shop_notifications_unsent",
            "Mails waiting",
            Notification.objects.filter(next_try_at__isnull=False).count(),
        )

    def _stores(self) -> Iterator[Metric]:
        heard = GaugeMetricFamily(
            "shop_store_last_response_timestamp_seconds",
            "When a store last answered; 0: never",
            labels=["store"],
        )
        failed = GaugeMetricFamily(
            "shop_store_last_failure_timestamp_seconds",
            "When a call to a store last failed; 0: never",
            labels=["store"],
        )
        for slug, heard_at, failed_at in Store.objects.values_list(
            "slug", "last_response_at", "last_failure_at"
        ):
            heard.add_metric([slug], heard_at.timestamp() if heard_at else 0)
            failed.add_metric([slug], failed_at.timestamp() if failed_at else 0)
        yield heard
        yield failed


def build_gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def render_metrics() -> tuple[bytes, str]:
    """Return all metrics and their content type."""
    rows = CollectorRegistry()
    rows.register(DatabaseCollector())
    counted: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        counted = CollectorRegistry()
        MultiProcessCollector(counted)
    return generate_latest(rows) + generate_latest(counted), CONTENT_TYPE_LATEST
