"""What the health page and the metrics ask of this floor."""

import datetime

from django.utils import timezone

from checkout.models import Heartbeat


def record_reconciler_heartbeat() -> None:
    """Note that the reconciler has just done a round."""
    Heartbeat.objects.update_or_create(name="reconciler", defaults={"at": timezone.now()})


def get_reconciler_heartbeat() -> datetime.datetime | None:
    """When the reconciler last did a round, or None where it never ran."""
    return Heartbeat.objects.filter(name="reconciler").values_list("at", flat=True).first()
