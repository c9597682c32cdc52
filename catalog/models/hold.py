"""Holds: stock, or a use of a link, set aside for an unpaid order."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from .payment_link import PaymentLink
from .variant import Variant


class Hold(models.Model):
    """A quantity deducted while held. Every hold ends as sold or released; see `catalog.stock`."""

    class State(models.TextChoices):
        HELD = "held"
        SOLD = "sold"
        RELEASED = "released"

    # The order or upsell ID. Not a foreign key, because this app must not import from the apps above it.
    reference = models.CharField(max_length=40, db_index=True)
    variant = models.ForeignKey(Variant, models.CASCADE, null=True, related_name="holds")
    link = models.ForeignKey(PaymentLink, models.CASCADE, null=True, related_name="holds")
    quantity = models.PositiveIntegerField()
    # Hash of the shopper's network (`stores.networks`) while held; "" if unknown.
    network = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.HELD)
    expires_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], condition=Q(state="held"), name="hold_expiry"),
            models.Index(
                fields=["network"], condition=Q(state="held") & ~Q(network=""), name="hold_by_network"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(variant=None) ^ Q(link=None), name="hold_has_variant_or_link")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id or self.link_id} for {self.reference} ({self.state})"
