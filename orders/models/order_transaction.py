"""The money that moved for an order, as NEXT lists it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from .order import Order


class OrderTransaction(models.Model):
    """A charge or refund that NEXT lists for an order, as last mirrored. It is never deleted."""

    class Kind(models.TextChoices):
        CHARGE = "charge", _("charge")
        REFUND = "refund", _("refund")
        AUTHORIZATION = "authorization", _("authorization")
        OTHER = "other", _("other")

    order = models.ForeignKey(Order, models.CASCADE, related_name="transactions")
    next_transaction_id = models.PositiveBigIntegerField(null=True)
    kind = models.CharField(max_length=15, choices=Kind)
    has_failed = models.BooleanField(default=False)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    made_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "next_transaction_id"], name="transaction_once_in_an_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} of {self.order_id}"
