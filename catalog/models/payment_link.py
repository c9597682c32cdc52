"""Payment links, the variants on them, and their visit counts."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField
from stores.models import Store

from .product import Product
from .variant import Variant


class PaymentLink(models.Model):
    """A shareable page that sells one product.

    A database trigger allows only opening, closing, and counting uses afterwards. Orders outlive the link.
    """

    id = IdField("plink")
    store = models.ForeignKey(Store, models.CASCADE, related_name="payment_links", verbose_name=_("store"))
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="payment_links", verbose_name=_("product")
    )
    default_variant = models.ForeignKey(Variant, models.PROTECT, related_name="+")
    variant_config = models.JSONField(_("display"), default=dict, blank=True)
    active = models.BooleanField(_("active"), default=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    # Settings beyond the documented API, all off by default.
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    closed_message = models.CharField(_("message when closed"), max_length=300, blank=True)
    max_quantity = models.PositiveSmallIntegerField(_("maximum quantity per purchase"), null=True, blank=True)
    # Purchases that may still start; expired ones are added back. Null means unlimited.
    uses_left = models.PositiveIntegerField(_("purchases left"), null=True, blank=True)
    prefilled_email = models.EmailField(_("prefilled email"), blank=True)
    return_url = models.URLField(_("return URL"), max_length=500, blank=True)
    custom_text_label = models.CharField(_("custom text field label"), max_length=80, blank=True)

    discount_code = models.CharField(
        _("discount code"),
        max_length=128,
        blank=True,
        help_text=_("A NEXT Commerce coupon code, applied to every purchase automatically."),
    )
    accepts_codes = models.BooleanField(
        _("accepts other codes"),
        default=True,
        help_text=_("If off, shoppers can't use any other code."),
    )

    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last opened or closed"))

    class Meta:
        verbose_name = _("payment link")
        verbose_name_plural = _("payment links")
        ordering = ["-created_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["store", "active", "-created_at"], name="link_list")]

    def __str__(self) -> str:
        return self.id

    def get_absolute_url(self) -> str:
        return reverse("catalog:payment_link", args=[self.id])

    @property
    def url(self) -> str:
        """The absolute URL to share; needs `store` loaded."""
        return f"{self.store.origin}{self.get_absolute_url()}"


class LinkVariant(models.Model):
    """A variant on a link: primary, or an add-on with optional quantity limits."""

    link = models.ForeignKey(PaymentLink, models.CASCADE, related_name="link_variants")
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="link_variants")
    is_primary = models.BooleanField(default=True)
    min_quantity = models.PositiveSmallIntegerField(null=True, blank=True)
    max_quantity = models.PositiveSmallIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["link", "variant"], name="variant_once_on_a_link"),
            models.CheckConstraint(
                condition=Q(is_primary=False) | Q(min_quantity=None, max_quantity=None),
                name="limits_are_for_add_ons",
            ),
            models.CheckConstraint(
                condition=Q(min_quantity=None)
                | Q(max_quantity=None)
                | Q(max_quantity__gte=models.F("min_quantity")),
                name="add_on_max_not_below_min",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} on {self.link_id}"

    @property
    def quantity(self) -> int:
        """The preselected quantity."""
        return 1 if self.is_primary else (self.min_quantity or 0)


class LinkVisitCount(models.Model):
    """One link's visits on one day in the store's time zone. See `catalog.link_visits`."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    # Not a foreign key: the counts outlive a deleted link.
    link_id = models.CharField(max_length=40)
    date = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["link_id", "date"], name="link_visits_once_a_day")
        ]
        indexes: ClassVar = [models.Index(fields=["store", "date"], name="link_visits_by_store")]

    def __str__(self) -> str:
        return f"{self.link_id} on {self.date}: {self.count}"
