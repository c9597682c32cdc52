"""Shipments: the parcels that NEXT has sent for an order."""

from typing import ClassVar

from django.db import models

from nextcommerce.statuses import NextParcelStatus

from .order import Order


class Shipment(models.Model):
    """A fulfillment of the NEXT order, as last mirrored. It is never deleted."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="shipments")
    next_fulfillment_id = models.PositiveBigIntegerField(null=True)  # null: NEXT sent no id
    status = models.CharField(max_length=32, blank=True)
    delivery_status = models.CharField(max_length=32, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)  # NEXT doesn't say when it was sent

    class Meta:
        ordering = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "next_fulfillment_id"], name="fulfillment_once_in_an_order"
            )
        ]

    def __str__(self) -> str:
        return f"shipment {self.next_fulfillment_id or self.pk} of {self.order_id}"

    @property
    def has_shipped(self) -> bool:
        """True if the parcel was sent."""
        return NextParcelStatus(self.status).is_shipped

    @property
    def is_canceled(self) -> bool:
        """True if the parcel was canceled, even if it was sent before."""
        return NextParcelStatus(self.status).is_canceled


class ShipmentTracking(models.Model):
    """A tracking code of a shipment, with its page and carrier as far as NEXT knows them."""

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="trackings")
    code = models.CharField(max_length=255, blank=True)
    url = models.URLField(max_length=2000, blank=True)
    carrier = models.CharField(max_length=255, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.code


class ShipmentItem(models.Model):
    """How many units of an order's line are in a parcel. A parcel without any holds we don't know what."""

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="items")
    next_line_id = models.PositiveBigIntegerField()
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shipment", "next_line_id"], name="line_once_in_a_shipment")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × line {self.next_line_id}"
