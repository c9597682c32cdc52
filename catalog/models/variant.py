"""Variants of products, with their option values and pictures."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q, prefetch_related_objects
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField
from stores.models import Store

from .media import Media
from .option import OptionValue
from .product import Product


class Variant(models.Model):
    """One combination of a product's options. Combinations without a variant are not for sale."""

    class ContentUnit(models.TextChoices):
        """What the content is measured in. The labels are symbols, the same in each language."""

        GRAM = "g", "g"
        KILOGRAM = "kg", "kg"
        MILLILITER = "ml", "ml"
        LITER = "l", "l"
        CENTIMETER = "cm", "cm"
        METER = "m", "m"
        SQUARE_METER = "m2", "m²"

    id = IdField("var")
    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    # The product's, copied by `create_variants`, so that the database keeps NEXT's IDs apart in a store.
    store = models.ForeignKey(Store, models.CASCADE, related_name="+", editable=False)
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    gtin = models.CharField(_("GTIN"), max_length=20, blank=True, help_text=_("EAN or UPC."))
    values = models.ManyToManyField(OptionValue, through="VariantOptionValue", related_name="variants")
    # The IDs of the values, so that the database accepts each combination once. Written by
    # `catalog.variants` only, together with the values.
    combination = models.CharField(max_length=120, blank=True, editable=False)
    price = models.DecimalField(
        _("price"), max_digits=12, decimal_places=2, validators=[MinValueValidator(0)]
    )
    # The price of NEXT's catalog in the store's currency, as last synced. Null: not known.
    next_price = models.DecimalField(max_digits=12, decimal_places=2, null=True, editable=False)
    # NEXT's retail price. Shoppers don't see it: nothing proves that it was ever asked for.
    retail_price = models.DecimalField(
        _("retail price"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    # How much is in it, for the price of a unit (`catalog.unit_prices`).
    content_amount = models.DecimalField(
        _("content"),
        max_digits=10,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.001"))],
    )
    content_unit = models.CharField(_("unit"), max_length=2, choices=ContentUnit, blank=True)
    # Null means that stock is not counted and never runs out.
    inventory_quantity = models.IntegerField(_("stock"), null=True, blank=True)
    # When stock was last imported from NEXT. It includes everything NEXT restocked before.
    stock_synced_at = models.DateTimeField(null=True, editable=False)
    active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(default=0)
    # The NEXT Admin API expects this ID in `lines[].product_id`, not the product's (N36).
    next_variant_id = models.PositiveBigIntegerField(_("NEXT Commerce variant ID"), null=True, blank=True)
    # The sync took it off sale, so the sync may put it back. False as soon as staff decide.
    hidden_by_sync = models.BooleanField(default=False, editable=False)
    # Missing from the last list, which lacked too much to be trusted. Staff decide whether to hide it.
    missing_since = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "combination"], name="variant_combination_once"),
            models.UniqueConstraint(fields=["store", "next_variant_id"], name="next_variant_once_in_a_store"),
            models.CheckConstraint(condition=Q(price__gte=0), name="variant_price_not_negative"),
            models.CheckConstraint(
                condition=Q(inventory_quantity=None) | Q(inventory_quantity__gte=0),
                name="variant_stock_not_negative",
            ),
        ]
        indexes: ClassVar = [
            # Staff search by SKU in any case.
            models.Index(Upper("sku"), name="variant_by_sku"),
            # The shop's list in the order of prices.
            models.Index(fields=["store", "price", "id"], name="variant_by_price"),
        ]

    def __str__(self) -> str:
        return f"{self.product.name} – {self.title}" if self.title else self.product.name

    @property
    def option_values(self) -> dict[str, str]:
        """The value of each option, by the option's name, in the order of the options.

        Runs one query unless `values` is prefetched.
        """
        prefetch_related_objects([self], "values")
        return {value.option.name: value.value for value in self.values.all()}

    @property
    def title(self) -> str:
        """The option values, such as `Black / M`, or "" for a product without options."""
        return " / ".join(self.option_values.values())

    @property
    def media_order(self) -> list[str]:
        """The IDs of the variant's own pictures, in order."""
        return [row.media_id for row in self.picture_rows.all()]

    @property
    def sold_out(self) -> bool:
        return self.inventory_quantity == 0


class VariantOptionValue(models.Model):
    """The value that a variant has for one option."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="value_rows")
    # Restricted, so that no variant loses a value and keeps its combination.
    value = models.ForeignKey(OptionValue, models.RESTRICT, related_name="variant_rows")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["variant", "value"], name="value_once_in_a_variant")
        ]

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.value_id}"


class VariantMedia(models.Model):
    """A picture that shows one variant."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="picture_rows")
    media = models.ForeignKey(Media, models.CASCADE, related_name="variant_rows")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["variant", "media"], name="picture_once_in_a_variant")
        ]

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.media_id}"
