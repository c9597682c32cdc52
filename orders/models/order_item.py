"""The items of an order: what was sold, as it was then."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from .order import Order


class OrderItem(models.Model):
    """A line of an order: the variant as sold (X29, X30)."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="items")
    product_id = models.CharField(max_length=40)
    variant_id = models.CharField(max_length=40)
    next_variant_id = models.PositiveBigIntegerField(null=True)
    name = models.CharField(_("product"), max_length=200)
    sku = models.CharField(max_length=100, blank=True)
    # The selected option values, in the product's order. PostgreSQL's JSON does not preserve it.
    title = models.CharField(_("variant"), max_length=300, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    requires_shipping = models.BooleanField(default=True)
    custom_text = models.CharField(max_length=200, blank=True)
    is_upsell = models.BooleanField(default=False)
    # How many of the `quantity` sold were refunded.
    refunded_quantity = models.PositiveIntegerField(default=0)
    # How many of those were given back to our stock.
    restocked_quantity = models.PositiveIntegerField(default=0)
    next_line_id = models.PositiveBigIntegerField(null=True)
    position = models.PositiveSmallIntegerField(default=0)
    # The product, variant and plan as sold: {product, option_values, media_order, selling_plan}. It never
    # changes; the properties below read it.
    snapshot = models.JSONField(default=dict)

    class Meta:
        ordering = ["position", "id"]
        # The orders of one product, which may be few among a million.
        indexes: ClassVar = [models.Index(fields=["product_id"], name="item_by_product")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"

    @property
    def total(self) -> Decimal:
        """Unit price times quantity (R179)."""
        return self.unit_price * self.quantity

    @property
    def product(self) -> dict[str, Any]:
        """The product as the API returns it, without variants and options (R177, R178)."""
        return self.snapshot.get("product", {})

    @property
    def option_values(self) -> dict[str, str]:
        """The selected value of each option, by the option's name."""
        return self.snapshot.get("option_values", {})

    @property
    def media_order(self) -> list[str]:
        """Ids of the images, first to last. An image may have been deleted since."""
        return self.snapshot.get("media_order", [])

    @property
    def selling_plan(self) -> Any:
        """The plan's terms (`catalog.plan_snapshot`), or {} for a one-time purchase."""
        return self.snapshot.get("selling_plan", {})
