"""Credit notes: the documents that take back part of an invoice."""

from typing import ClassVar

from django.db import models

from stores.models import Store

from .order import Order


class CreditNote(models.Model):
    """A numbered document about money that was refunded. It never changes (`orders.credit_notes`)."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, related_name="credit_notes")
    number = models.CharField(max_length=20)  # CRN-2026-00001
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "number"], name="credit_note_number_once_in_a_store")
        ]

    def __str__(self) -> str:
        return self.number
