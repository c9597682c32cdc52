"""What NEXT took off an order or added to it: discounts and tax lines."""

from typing import ClassVar

from django.db import models

from .order import Order
from .order_item import OrderItem


class OrderDiscount(models.Model):
    """An offer or a coupon that lowered an order, or one of its items."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="discounts")
    item = models.ForeignKey(
        OrderItem, models.CASCADE, null=True, related_name="discounts"
    )  # null: the order
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    code = models.CharField(max_length=128, blank=True)  # empty for an offer
    is_shipping = models.BooleanField(default=False)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class OrderTaxLine(models.Model):
    """One tax on an order, on its shipping, or on one of its items.

    NEXT doesn't say whether the taxes of an order include those of its shipping and items: never add them up.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="tax_lines")
    item = models.ForeignKey(OrderItem, models.CASCADE, null=True, related_name="tax_lines")
    is_shipping = models.BooleanField(default=False)
    is_included = models.BooleanField(default=False)  # in the prices; else added to them
    next_tax_id = models.PositiveBigIntegerField(null=True)
    name = models.CharField(max_length=200)
    rate = models.DecimalField(max_digits=12, decimal_places=8, null=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.name
