"""Products."""

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
    # Plain text, or HTML: see `catalog.descriptions`.
    description = models.TextField(_("description"), blank=True)
    seo_title = models.CharField(
        _("title for search engines"),
        max_length=200,
        blank=True,
        help_text=_("Leave blank to use the name."),
    )
    seo_description = models.CharField(
        _("description for search engines"),
        max_length=500,
        blank=True,
        help_text=_("Leave blank to use the start of the description."),
    )
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
    starts_at_once = models.BooleanField(
        _("digital: starts at once"),
        default=False,
        help_text=_(
            "The download or access begins right after payment. Shoppers in the EU are asked to agree that "
            "they lose their right of withdrawal then."
        ),
    )
    requires_selling_plan = models.BooleanField(_("subscription only"), default=False)
    # Regulation (EU) 2023/988, Art. 19.
    manufacturer = models.TextField(
        _("manufacturer"), max_length=500, blank=True, help_text=_("Name, postal address, and email or URL.")
    )
    responsible_person = models.TextField(
        _("responsible person in the EU"),
        max_length=500,
        blank=True,
        help_text=_("If the manufacturer is elsewhere: name, postal address, and email or URL."),
    )
    safety_warnings = models.TextField(_("warnings and safety information"), max_length=5000, blank=True)
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
    # Imported, and hidden until its pictures are downloaded. False as soon as staff decide.
    awaits_pictures = models.BooleanField(default=False, editable=False)
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
            models.Index(fields=["store", "active", "listed", "-created_at", "-id"], name="product_listing"),
            # The API's list. A distant page is found in the index alone.
            models.Index(fields=["store", "-created_at", "-id"], include=["active"], name="product_newest"),
            # The admin's list: of one store, or of all.
            models.Index(fields=["store", "name", "id"], name="product_by_name"),
            models.Index(fields=["name", "id"], name="product_by_name_of_all"),
            models.Index(
                fields=["store"],
                condition=models.Q(awaits_pictures=True),
                name="product_awaiting_pictures",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:product", args=[self.slug])

    @property
    def starts_early(self) -> bool:
        """Return True if it is digital, and delivered before anybody could withdraw."""
        return self.starts_at_once and not self.collect_shipping_address

    def decide_active(self, active: bool) -> None:
        """Set what staff or a program decide. The sync no longer does. The caller saves."""
        self.active, self.hidden_by_sync, self.awaits_pictures = active, False, False
        self.missing_since = None

    @property
    def media_order(self) -> list[str]:
        """The IDs of the pictures that have a position, in order."""
        return [picture.pk for picture in self.media.all() if picture.position is not None]
