"""The product: options, variants and media, versioned as one."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField
from stores.models import Store


class Product(models.Model):
    """What a store sells (R55 to R69). `version` grows with every change of it."""

    id = IdField("prod")
    store = models.ForeignKey(Store, models.CASCADE, related_name="products", verbose_name=_("store"))
    slug = models.SlugField(_("address"), max_length=120)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    active = models.BooleanField(_("active"), default=True)
    listed = models.BooleanField(
        _("in the shop"), default=True, help_text=_("Off: sold through payment links alone.")
    )
    default_currency = models.CharField(_("currency"), max_length=3, default="USD")
    tax_code = models.CharField(_("tax code"), max_length=40, blank=True)
    collect_shipping_address = models.BooleanField(_("needs shipping"), default=True)
    collect_tax_address = models.BooleanField(_("needs a tax address"), default=False)
    requires_selling_plan = models.BooleanField(_("by subscription only"), default=False)
    # [{name, sort_order, values: [{value, sort_order, swatch?: {type, value?, media_id?}}]}] (R64, R65)
    options = models.JSONField(_("options"), default=list, blank=True)
    media_order = models.JSONField(_("order of pictures"), default=list, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    next_product_id = models.PositiveBigIntegerField(_("id in the store"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "slug"], name="product_slug_once_in_a_store"),
            models.UniqueConstraint(fields=["store", "next_product_id"], name="next_product_once_in_a_store"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "active", "listed", "-created_at"], name="product_listing")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:product", args=[self.slug])


class Variant(models.Model):
    """One sold combination of a product's options; a combination without a variant is not sold (X34)."""

    id = IdField("var")
    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    option_values = models.JSONField(_("options"), default=dict, blank=True)  # {option name: value}
    price = models.DecimalField(
        _("price"), max_digits=12, decimal_places=2, validators=[MinValueValidator(0)]
    )
    # Null: not counted, never sold out.
    inventory_quantity = models.IntegerField(_("stock"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(default=0)
    media_order = models.JSONField(_("pictures"), default=list, blank=True)
    # `lines[].product_id` of the admin API is this one, not the product's (facts 7.12).
    next_variant_id = models.PositiveBigIntegerField(_("variant id in the store"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "option_values"], name="variant_combination_once"),
            models.CheckConstraint(condition=Q(price__gte=0), name="variant_price_not_negative"),
            models.CheckConstraint(
                condition=Q(inventory_quantity=None) | Q(inventory_quantity__gte=0),
                name="variant_stock_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product.name} – {self.title}" if self.option_values else self.product.name

    @property
    def title(self) -> str:
        """The values chosen, e.g. `Black / M`; empty for a product without options.

        In the order of the product's options, since PostgreSQL keeps JSON in an order of its own.
        """
        return format_variant_title(self.option_values, self.product.options) if self.option_values else ""

    @property
    def sold_out(self) -> bool:
        return self.inventory_quantity == 0


def format_variant_title(option_values: Mapping[str, str], options: Sequence[Mapping[str, Any]]) -> str:
    """Return the values in the order of the options, those of no option last."""
    names = [option["name"] for option in options]
    known = [option_values[name] for name in names if name in option_values]
    return " / ".join(known + [value for name, value in option_values.items() if name not in names])


class Media(models.Model):
    """A picture of a product (R51): an uploaded file, or an address elsewhere."""

    id = IdField("med")
    product = models.ForeignKey(Product, models.CASCADE, related_name="media")
    file = models.FileField(_("file"), upload_to="media/", blank=True)
    source_url = models.URLField(_("address"), max_length=500, blank=True)
    content_type = models.CharField(max_length=50, blank=True, editable=False)
    alt_text = models.CharField(_("what it shows"), max_length=250, blank=True)
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
    # [{width, height, format, name}] made once when the file is taken in.
    renditions = models.JSONField(default=list, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.alt_text or self.id

    @property
    def url(self) -> str:
        """The full-size picture's address; a path on this host for an uploaded file."""
        return self.file.url if self.file else self.source_url
