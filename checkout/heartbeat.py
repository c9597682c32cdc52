"""The reconciler's heartbeat, read by the health page and the metrics."""

import datetime

from django.utils import timezone

from checkout.models import Heartbeat


def record_reconciler_heartbeat() -> None:
    """Record that the reconciler has just finished a round."""
    Heartbeat.objects.update_or_create(name="reconciler", defaults={"at": timezone.now()})


def get_reconciler_heartbeat() -> datetime.datetime | None:
    """Return when the reconciler last finished a round, or None if it never ran."""
    return Heartbeat.objects.filter(name="reconciler").values_list("at", flat=True).first()
