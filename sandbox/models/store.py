from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone as django_timezone

from sandbox.switches import default_switches, merge_switches


class Store(models.Model):
    """One pretended merchant. The bearer token of a call picks it."""

    name = models.SlugField(unique=True)
    token = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    timezone = models.CharField(max_length=64, default="UTC")
    webhook_secret = models.CharField(max_length=200, blank=True)
    rate_limit = models.PositiveIntegerField(default=4)
    page_size = models.PositiveIntegerField(default=20)
    catalog = models.JSONField(default=dict)
    switches = models.JSONField(default=default_switches)
    clock_offset = models.DurationField(default=timedelta)
    changed_at = models.DateTimeField(default=django_timezone.now)
    next_number = models.PositiveIntegerField(default=100001)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def add_missing_switches(cls) -> None:
        """Stores of an older database learn the switches they do not know."""
        for store in cls.objects.all():
            store.switches = merge_switches({}, store.switches)
            store.save(update_fields=["switches"])

    def now(self) -> datetime:
        """The store's own time: the clock of the world plus what it was moved by."""
        return django_timezone.now() + self.clock_offset

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def take_order_number(self) -> str:
        """The next order number. Call it inside ``writing()``."""
        number = self.next_number
        self.next_number = number + 1
        self.save(update_fields=["next_number"])
        return str(number)
