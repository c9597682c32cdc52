"""Payment links with their tags and questions, the variants on them, and their visit counts."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField
from stores.models import Store

from .product import Product
from .variant import Variant


class PaymentLink(models.Model):
    """A shareable page that sells one product, or a bundle: one with others that come with it.

    A database trigger refuses to change what it sells and at what price. Orders outlive the link.
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

    # What staff call it. Shoppers never see it.
    name = models.CharField(
        _("name"), max_length=100, blank=True, help_text=_("For staff only. Shoppers don't see it.")
    )
    # The end of its address, instead of the id. The address with the id always works too.
    slug = models.SlugField(
        _("short address"),
        max_length=60,
        null=True,
        blank=True,
        db_index=False,
        help_text=_("Lowercase letters, digits, and hyphens, such as summer-sale."),
    )

    # What searches find it by beside its products, written by `catalog.search` only.
    search_text = models.TextField(default="", editable=False)

    # Shoppers enter the price themselves if these are set. Both are final.
    min_amount = models.DecimalField(
        _("least amount"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    max_amount = models.DecimalField(_("most amount"), max_digits=12, decimal_places=2, null=True, blank=True)
    suggested_amounts = models.CharField(
        _("suggested amounts"),
        max_length=100,
        blank=True,
        help_text=_("Separate them with spaces, such as 10 25 50."),
    )

    # Units of the product in each purchase; null: shoppers choose. Final.
    fixed_quantity = models.PositiveSmallIntegerField(
        _("units in each purchase"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    # Made for one payment request (`orders.payment_requests`), and so in no list of links. Final.
    is_personal = models.BooleanField(default=False, editable=False)
    # What a request is about: printed with the item wherever the order is.
    purpose = models.CharField(max_length=200, blank=True, editable=False)

    # Settings beyond the documented API, all off by default.
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    closed_message = models.CharField(_("message when closed"), max_length=300, blank=True)
    max_quantity = models.PositiveSmallIntegerField(_("maximum quantity per purchase"), null=True, blank=True)
    # Purchases that may still start; expired ones are added back. Null means unlimited.
    uses_left = models.PositiveIntegerField(_("purchases left"), null=True, blank=True)
    prefilled_email = models.EmailField(_("prefilled email"), blank=True)
    # After payment.
    thank_you_text = models.TextField(_("message after payment"), max_length=2000, blank=True)
    return_url = models.URLField(_("return URL"), max_length=500, blank=True)
    return_label = models.CharField(_("button text"), max_length=60, blank=True)
    returns_at_once = models.BooleanField(_("go there right after payment"), default=False)
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
        indexes: ClassVar = [
            models.Index(
                fields=["store", "active", "-created_at", "-id"], include=["is_personal"], name="link_list"
            ),
            # The admin's list: of one store, or of all.
            models.Index(fields=["store", "-created_at", "-id"], include=["is_personal"], name="link_newest"),
            models.Index(fields=["-created_at", "-id"], name="link_newest_of_all"),
            # An address that was typed or pasted in lowercase or capitals.
            models.Index(Lower("id"), name="link_id_in_any_case"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "slug"],
                name="link_slug_once_in_a_store",
                violation_error_message=_("Another link of this store has this address."),
            ),
            models.CheckConstraint(
                condition=Q(min_amount=None, max_amount=None)
                | Q(min_amount__isnull=False, max_amount=None)
                | Q(max_amount__gte=models.F("min_amount")),
                name="link_most_not_below_least",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.id

    def get_absolute_url(self) -> str:
        return reverse("catalog:payment_link", args=[self.slug or self.id])

    @property
    def title(self) -> str:
        """What staff know it by: its name, or its product's; needs `product` loaded."""
        return self.name or self.product.name

    @property
    def permanent_url(self) -> str:
        """The absolute URL that no change of the short address breaks; needs `store` loaded."""
        return f"{self.store.origin}{reverse('catalog:payment_link', args=[self.id])}"

    @property
    def url(self) -> str:
        """The absolute URL to share; needs `store` loaded."""
        return f"{self.store.origin}{self.get_absolute_url()}"


class LinkTag(models.Model):
    """A word that staff group links by."""

    link = models.ForeignKey(PaymentLink, models.CASCADE, related_name="tags")
    name = models.CharField(_("tag"), max_length=40)

    class Meta:
        ordering = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["link", "name"], name="tag_once_on_a_link")]
        indexes: ClassVar = [models.Index(fields=["name"], name="link_by_tag")]

    def __str__(self) -> str:
        return self.name


class LinkQuestion(models.Model):
    """A field that the checkout of a link asks for. Orders keep the question with the answer."""

    class Kind(models.TextChoices):
        TEXT = "text", _("text")
        NUMBER = "number", _("number")
        CHOICE = "choice", _("choice")
        DATE = "date", _("date")

    link = models.ForeignKey(PaymentLink, models.CASCADE, related_name="questions")
    label = models.CharField(_("question"), max_length=80)
    kind = models.CharField(_("answer"), max_length=8, choices=Kind, default=Kind.TEXT)
    is_required = models.BooleanField(_("required"), default=False)
    # One to a line.
    choices = models.TextField(_("choices"), max_length=1000, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["link", "label"], name="question_once_on_a_link")
        ]

    def __str__(self) -> str:
        return self.label


class LinkVariant(models.Model):
    """A variant on a link: primary, or an add-on with optional quantity limits.

    An add-on with equal limits comes with every purchase, in this quantity: it makes the link a bundle. Of
    add-ons with the same `choice`, shoppers take exactly one.
    """

    link = models.ForeignKey(PaymentLink, models.CASCADE, related_name="link_variants")
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="link_variants")
    is_primary = models.BooleanField(default=True)
    min_quantity = models.PositiveSmallIntegerField(null=True, blank=True)
    max_quantity = models.PositiveSmallIntegerField(null=True, blank=True)
    # The link's own price for one unit; null: the variant's.
    price = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    choice = models.PositiveSmallIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["link", "variant"], name="variant_once_on_a_link"),
            models.CheckConstraint(
                condition=Q(choice=None) | Q(is_primary=False, min_quantity=models.F("max_quantity")),
                name="choices_are_for_what_is_included",
            ),
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

    @property
    def is_included(self) -> bool:
        """Return True if it comes with every purchase, in a quantity that shoppers can't change."""
        return not self.is_primary and bool(self.min_quantity) and self.min_quantity == self.max_quantity

    @property
    def unit_price(self) -> Decimal:
        """The price of one unit on this link; needs `variant` loaded."""
        return self.variant.price if self.price is None else self.price


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
