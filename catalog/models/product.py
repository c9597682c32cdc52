"""Products with their options, variants, and media, and the progress of the product sync."""

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
    """What a store sells. Every change to it or its variants raises `version`."""

    id = IdField("prod")
    store = models.ForeignKey(Store, models.CASCADE, related_name="products", verbose_name=_("store"))
    slug = models.SlugField(_("slug"), max_length=120)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    active = models.BooleanField(_("active"), default=True)
    listed = models.BooleanField(
        _("listed in the shop"),
        default=True,
        help_text=_("If off, the product is sold only through payment links."),
    )
    default_currency = models.CharField(_("currency"), max_length=3, default="USD")
    tax_code = models.CharField(_("tax code"), max_length=40, blank=True)
    collect_shipping_address = models.BooleanField(_("needs shipping"), default=True)
    collect_tax_address = models.BooleanField(_("needs a tax address"), default=False)
    requires_selling_plan = models.BooleanField(_("subscription only"), default=False)
    # [{name, sort_order, values: [{value, sort_order, swatch?: {type, value?, media_id?}}]}]
    options = models.JSONField(_("options"), default=list, blank=True)
    media_order = models.JSONField(_("picture order"), default=list, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    next_product_id = models.PositiveBigIntegerField(_("NEXT Commerce product ID"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

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
    """One combination of a product's options. Combinations without a variant are not for sale."""

    id = IdField("var")
    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    option_values = models.JSONField(_("options"), default=dict, blank=True)  # {option name: value}
    price = models.DecimalField(
        _("price"), max_digits=12, decimal_places=2, validators=[MinValueValidator(0)]
    )
    # Null means that stock is not counted and never runs out.
    inventory_quantity = models.IntegerField(_("stock"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(default=0)
    media_order = models.JSONField(_("pictures"), default=list, blank=True)
    # The NEXT Admin API expects this ID in `lines[].product_id`, not the product's (N36).
    next_variant_id = models.PositiveBigIntegerField(_("NEXT Commerce variant ID"), null=True, blank=True)
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
        """The option values, such as `Black / M`, or "" for a product without options.

        Sorted by the product's options, because PostgreSQL does not preserve the key order of JSON.
        """
        return format_variant_title(self.option_values, self.product.options) if self.option_values else ""

    @property
    def sold_out(self) -> bool:
        return self.inventory_quantity == 0


def format_variant_title(option_values: Mapping[str, str], options: Sequence[Mapping[str, Any]]) -> str:
    """Return the values joined in the order of the options, values of unknown options last."""
    names = [option["name"] for option in options]
    known = [option_values[name] for name in names if name in option_values]
    return " / ".join(known + [value for name, value in option_values.items() if name not in names])


class Media(models.Model):
    """A picture of a product: an uploaded file or an external URL."""

    id = IdField("med")
    product = models.ForeignKey(Product, models.CASCADE, related_name="media")
    file = models.FileField(_("file"), upload_to="media/", blank=True)
    source_url = models.URLField(_("source URL"), max_length=500, blank=True)
    content_type = models.CharField(max_length=50, blank=True, editable=False)
    alt_text = models.CharField(_("alt text"), max_length=250, blank=True)
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
    # [{width, height, format, name}], written once on upload.
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
        """The URL of the full-size picture, without a host for an uploaded file."""
        return self.file.url if self.file else self.source_url


class ProductSync(models.Model):
    """Progress of the last product sync with NEXT Commerce. An interrupted sync resumes from it."""

    store = models.OneToOneField(Store, models.CASCADE, related_name="product_sync")
    cursor = models.CharField(max_length=500, blank=True)  # of the next page, as NEXT Commerce returned it
    seen_product_ids = models.JSONField(default=list)  # NEXT product IDs read so far
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.store}: {len(self.seen_product_ids)}"
