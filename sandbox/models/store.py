"""A sandbox store, and the log of the Admin API calls it received."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone as django_timezone

from sandbox.discount_settings import default_discount_settings
from sandbox.switches import default_switches, merge_switches
from sandbox.tax_settings import default_tax_settings


def default_wallet() -> dict[str, Any]:
    """Return the customer and address of an express payment."""
    name = {"first_name": "Wallet", "last_name": "Shopper"}
    address = {
        "line1": "1 Wallet Way",
        "line4": "Albany",
        "state": "NY",
        "postcode": "12207",
        "country": "US",
    }
    return {
        "user": {"email": "wallet@example.com", **name},
        "shipping_address": {**name, **address},
    }


SAMPLE_SETTINGS: dict[str, Any] = {
    "shipping_methods": [
        {
            "id": 1,
            "code": "standard",
            "name": "Standard",
            "delivery_time": "3 to 5 days",
            "countries": ["US", "DE"],
            "prices": {"USD": "5.00", "EUR": "5.00"},
        }
    ],
    "gateways": [{"id": 1, "name": "Stripe"}],
}


class Store(models.Model):
    """One simulated merchant. A call's bearer token selects the store."""

    name = models.SlugField(unique=True)
    token = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    timezone = models.CharField(max_length=64, default="UTC")
    webhook_secret = models.CharField(max_length=200, blank=True)
    rate_limit = models.PositiveIntegerField(default=4)
    page_size = models.PositiveIntegerField(default=20)
    catalog = models.JSONField(default=dict)
    taxes = models.JSONField(default=default_tax_settings)
    discounts = models.JSONField(default=default_discount_settings)
    wallet = models.JSONField(default=default_wallet)
    switches = models.JSONField(default=default_switches)
    clock_offset = models.DurationField(default=timedelta)
    changed_at = models.DateTimeField(default=django_timezone.now)
    next_number = models.PositiveIntegerField(default=100001)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def add_missing_switches(cls) -> None:
        """Give stores of an older database the defaults of switches added since."""
        for store in cls.objects.all():
            store.switches = merge_switches({}, store.switches)
            store.save(update_fields=["switches"])

    @classmethod
    def create_sample(cls, *, products: int) -> "Store":
        """Return the store “sample”, with a catalog to try an import with. Its orders stay."""
        from sandbox.catalog import CatalogSerializer

        serializer = CatalogSerializer(data={"sample_products": products, **SAMPLE_SETTINGS})
        serializer.is_valid(raise_exception=True)
        store, _is_new = cls.objects.update_or_create(
            name="sample",
            defaults={"catalog": dict(serializer.data)},
            create_defaults={
                "catalog": dict(serializer.data),
                "title": "Sample store",
                "token": secrets.token_urlsafe(24),
                "currency": "USD",
                "page_size": 100,
            },
        )
        return store

    def now(self) -> datetime:
        """Return the store's time: real time plus the offset its clock was moved by."""
        return django_timezone.now() + self.clock_offset

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def take_order_number(self) -> str:
        """Return the next order number. Call it inside ``exclusive_transaction()``."""
        number = self.next_number
        self.next_number = number + 1
        self.save(update_fields=["next_number"])
        return str(number)


class ApiCall(models.Model):
    """One Admin API call with its response.

    ``at`` is the real time of arrival, not the store's. ``status`` 0 means that the connection was
    cut and nothing was sent.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="calls")
    at = models.DateTimeField()
    operation = models.CharField(max_length=64)
    method = models.CharField(max_length=8)
    path = models.TextField()
    query = models.JSONField(default=dict)
    status = models.PositiveIntegerField()
    body = models.JSONField(null=True)
    response = models.JSONField(null=True)
    ip = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]
