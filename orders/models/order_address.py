"""The addresses of an order, as the shopper entered them."""

from typing import ClassVar

from django.db import models


class OrderAddress(models.Model):
    """Where an order ships to, or who is billed for it. Nothing ships without a shipping address."""

    class Kind(models.TextChoices):
        SHIPPING = "shipping"
        BILLING = "billing"
        REQUESTED = "requested"  # to ship to, once NEXT has it (`orders.address_changes`)

    order = models.ForeignKey("orders.Order", models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=9, choices=Kind)
    name = models.CharField(max_length=255, blank=True)
    first_name = models.CharField(max_length=255, blank=True)
    last_name = models.CharField(max_length=255, blank=True)
    line1 = models.CharField(max_length=255, blank=True)
    line2 = models.CharField(max_length=255, blank=True)
    city = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=255, blank=True)  # a code if the country has codes
    postal_code = models.CharField(max_length=32, blank=True)
    country = models.CharField(max_length=2, blank=True)  # ISO 3166-1 alpha-2
    phone = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "kind"], name="one_address_of_a_kind_for_an_order")
        ]

    def __str__(self) -> str:
        return f"{self.kind} address of {self.order_id}"
