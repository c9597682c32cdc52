"""What variants cost, and since when: written by the database itself."""

from typing import ClassVar

from django.db import models

from .variant import Variant


class VariantPrice(models.Model):
    """A price that a variant had from a moment on. A trigger adds one whenever a price changes."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="price_history")
    price = models.DecimalField(max_digits=12, decimal_places=2)
    starts_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["variant", "-starts_at", "-id"], name="price_of_variant")]
        ordering = ["-starts_at", "-id"]

    def __str__(self) -> str:
        return f"{self.price} from {self.starts_at}"
