"""Payment links: a shareable page that sells one product (facts 1B, 1C)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField
from stores.models import Store

from .product import Product, Variant


class PaymentLink(models.Model):
    """Once made, only `active` changes (R32, R97); what was bought through it outlives it (X42)."""

    id = IdField("plink")
    store = models.ForeignKey(Store, models.CASCADE, related_name="payment_links", verbose_name=_("store"))
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="payment_links", verbose_name=_("product")
    )
    default_variant = models.ForeignKey(Variant, models.PROTECT, related_name="+")
    variant_config = models.JSONField(_("display"), default=dict, blank=True)
    active = models.BooleanField(_("active"), default=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    # Ahead of the guide; all optional, all off by default.
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    closed_message = models.CharField(_("message when closed"), max_length=300, blank=True)
    max_quantity = models.PositiveSmallIntegerField(_("most of one purchase"), null=True, blank=True)
    # How many more purchases may begin; a lapsed one is given back. Null: as many as one likes.
    uses_left = models.PositiveIntegerField(_("purchases left"), null=True, blank=True)
    prefilled_email = models.EmailField(_("prefilled e-mail"), blank=True)
    return_url = models.URLField(_("address to return to"), max_length=500, blank=True)
    custom_text_label = models.CharField(_("ask for a text"), max_length=80, blank=True)

    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
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
        """The absolute address to share (R39); needs `store` loaded."""
        return f"{self.store.origin}{self.get_absolute_url()}"


class LinkVariant(models.Model):
    """A variant on a link: a primary one, or an add-on with its limits (R43 to R45)."""

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
        """How many are chosen before anyone chooses (R44, R45, X11)."""
        return 1 if self.is_primary else (self.min_quantity or 0)
