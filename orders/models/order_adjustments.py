"""What NEXT took off an order or added to it: discounts and tax lines."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext as _

from .order import Order
from .order_item import OrderItem


class OrderDiscount(models.Model):
    """An offer or a coupon that lowered an order. All of an order's add up to its `discount_total`."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="discounts")
    # The only item that it lowered. Null: several, or unknown.
    item = models.ForeignKey(OrderItem, models.CASCADE, null=True, related_name="discounts")
    name = models.CharField(max_length=200, blank=True)  # empty if NEXT names none
    description = models.TextField(blank=True)
    code = models.CharField(max_length=128, blank=True)  # empty for an offer
    is_shipping = models.BooleanField(default=False)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name to show."""
        return self.name or self.code or _("Discount")


class OrderTaxLine(models.Model):
    """One tax on an order, on its shipping, or on one of its items.

    Those without an item, of goods and of shipping, add up to the order's tax. Those of an item are part of
    them.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="tax_lines")
    item = models.ForeignKey(OrderItem, models.CASCADE, null=True, related_name="tax_lines")
    is_shipping = models.BooleanField(default=False)
    is_included = models.BooleanField(default=False)  # in the prices; else added to them
    next_tax_id = models.PositiveBigIntegerField(null=True)
    name = models.CharField(max_length=200, blank=True)  # empty if NEXT names none
    rate = models.DecimalField(max_digits=12, decimal_places=8, null=True)  # percent, if known
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name to show."""
        return self.name or _("Tax")
