from typing import Any

from django.db import models


class ProductSnapshot(models.Model):
    """What a line is of, as it was when it was sold."""

    product_id = models.PositiveIntegerField()
    variant_id = models.PositiveIntegerField()
    product_title = models.CharField(max_length=255)
    variant_title = models.CharField(max_length=255)
    sku = models.CharField(max_length=128)
    image = models.TextField(blank=True)
    requires_shipping = models.BooleanField()

    class Meta:
        abstract = True


def copy_product_snapshot(line: Any) -> dict[str, Any]:
    """The same fields of any line: of an order, a subscription or a quote."""
    return {field.name: getattr(line, field.name) for field in ProductSnapshot._meta.fields}
