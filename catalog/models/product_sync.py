"""The import of NEXT's product list: its progress, what it saw, and what it couldn't import."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from stores.models import Store
from wording.fields import SentenceField


class ProductSync(models.Model):
    """The last import of a store's products. An interrupted one resumes from it."""

    store = models.OneToOneField(Store, models.CASCADE, related_name="product_sync")
    cursor = models.CharField(max_length=500, blank=True)  # of the next page, as NEXT Commerce returned it
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # When the background reads the next page. Null: it is finished.
    due_at = models.DateTimeField(null=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # Since the last page that was read.
    failures = models.PositiveSmallIntegerField(default=0)
    error = SentenceField()
    # What it did so far.
    listed = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    deactivated = models.PositiveIntegerField(default=0)
    reactivated = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="product_sync_due")
        ]

    def __str__(self) -> str:
        return f"{self.store} since {self.started_at}"


class ProductSyncNote(models.Model):
    """A product or variant that the import left out, or took off sale, and why."""

    sync = models.ForeignKey(ProductSync, models.CASCADE, related_name="notes")
    name = models.CharField(max_length=200)
    reason = SentenceField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


class SeenNextVariant(models.Model):
    """A variant that NEXT Commerce listed, with the start of the sync that saw it last."""

    sync = models.ForeignKey(ProductSync, models.CASCADE, related_name="seen_variants")
    next_variant_id = models.PositiveBigIntegerField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sync", "next_variant_id"], name="next_variant_seen_once_in_a_sync"
            )
        ]

    def __str__(self) -> str:
        return f"{self.next_variant_id} in {self.sync}"


class SeenNextProduct(models.Model):
    """A product that NEXT Commerce listed during the sync, whether or not it could be imported."""

    sync = models.ForeignKey(ProductSync, models.CASCADE, related_name="seen_products")
    next_product_id = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sync", "next_product_id"], name="next_product_seen_once_in_a_sync"
            )
        ]

    def __str__(self) -> str:
        return f"{self.next_product_id} in {self.sync}"
