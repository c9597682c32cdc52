"""Products, and the progress of the product sync."""

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField
from stores.models import Store

from .category import Category


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
    # Names the `TaxRate.tax_category` whose rates replace the others.
    tax_category = models.CharField(_("tax category"), max_length=100, blank=True)
    collect_shipping_address = models.BooleanField(_("needs shipping"), default=True)
    collect_tax_address = models.BooleanField(_("needs a tax address"), default=False)
    requires_selling_plan = models.BooleanField(_("subscription only"), default=False)
    # What subscriptions NEXT sells of it, as last synced. Null and empty: not known.
    allows_subscriptions = models.BooleanField(null=True, editable=False)
    subscription_interval = models.CharField(max_length=5, blank=True, editable=False)
    subscription_interval_counts = models.JSONField(default=list, editable=False)
    categories = models.ManyToManyField(
        Category, related_name="products", blank=True, verbose_name=_("categories")
    )
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    # What searches find it by, written by `catalog.search.refresh_search_texts` only.
    search_text = models.TextField(default="", editable=False)
    next_product_id = models.PositiveBigIntegerField(_("NEXT Commerce product ID"), null=True, blank=True)
    # The sync took it off sale, so the sync may put it back. False as soon as staff decide.
    hidden_by_sync = models.BooleanField(default=False, editable=False)
    # Missing from the last list, which lacked too much to be trusted. Staff decide whether to hide it.
    missing_since = models.DateTimeField(null=True, editable=False)
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

    @property
    def media_order(self) -> list[str]:
        """The IDs of the pictures that have a position, in order."""
        return [picture.pk for picture in self.media.all() if picture.position is not None]


class ProductSync(models.Model):
    """Progress of the last product sync with NEXT Commerce. An interrupted sync resumes from it."""

    store = models.OneToOneField(Store, models.CASCADE, related_name="product_sync")
    cursor = models.CharField(max_length=500, blank=True)  # of the next page, as NEXT Commerce returned it
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.store} since {self.started_at}"


class SeenNextVariant(models.Model):
    """A variant that NEXT Commerce listed, with the start of the sync that saw it last."""

    sync = models.ForeignKey(ProductSync, models.CASCADE, related_name="seen_variants")
    next_variant_id = models.PositiveBigIntegerField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sync", "next_variant_id"], name="next_variant_seen_once_in_a_sync"
            )
        ]

    def __str__(self) -> str:
        return f"{self.next_variant_id} in {self.sync}"


class SeenNextProduct(models.Model):
    """A product that NEXT Commerce listed during the sync, whether or not it could be imported."""

    sync = models.ForeignKey(ProductSync, models.CASCADE, related_name="seen_products")
    next_product_id = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sync", "next_product_id"], name="next_product_seen_once_in_a_sync"
            )
        ]

    def __str__(self) -> str:
        return f"{self.next_product_id} in {self.sync}"
