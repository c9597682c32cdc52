"""What the models share: exclusive transactions, money fields and product snapshots."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from sandbox.money import ZERO

_WRITE_LOCK = threading.RLock()


@contextmanager
def exclusive_transaction() -> Iterator[None]:
    """Open a transaction that no other thread of this process overlaps.

    SQLite allows one writer at a time; waiting for a lock is faster than polling the database.
    """
    with _WRITE_LOCK, transaction.atomic():
        yield


def amount_field() -> "models.DecimalField[Decimal, Decimal]":
    return models.DecimalField(max_digits=12, decimal_places=2, default=ZERO)


class ProductSnapshot(models.Model):
    """The product and variant of a line, as they were when it was sold."""

    product_id = models.PositiveIntegerField()
    variant_id = models.PositiveIntegerField()
    product_title = models.CharField(max_length=255)
    variant_title = models.CharField(max_length=255)
    sku = models.CharField(max_length=128)
    image = models.TextField(blank=True)
    requires_shipping = models.BooleanField()
    categories = models.JSONField(default=list)

    class Meta:
        abstract = True


def copy_product_snapshot(line: Any) -> dict[str, Any]:
    """Return the snapshot fields of a line of an order, a subscription or a quote."""
    return {field.name: getattr(line, field.name) for field in ProductSnapshot._meta.fields}
