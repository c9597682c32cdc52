"""The counts from which orders, invoices, and credit notes get their numbers."""

from typing import ClassVar

from django.db import models

from stores.models import Store


class OrderNumber(models.Model):
    """The last number allocated in a series, by store and year (R185, R186, X15)."""

    class Series(models.TextChoices):
        ORDER = "ORD"
        INVOICE = "INV"
        CREDIT_NOTE = "CRN"

    store = models.ForeignKey(Store, models.CASCADE)
    series = models.CharField(max_length=3, choices=Series)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "series", "year"], name="one_count_for_a_year")
        ]

    def __str__(self) -> str:
        return f"{self.series}-{self.year}: {self.last}"
