"""The store: one merchant in live or test mode."""

import datetime
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urljoin

from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from stores.countries import CountryCodesField
from stores.crypto import Ciphertext, EncryptedTextField
from stores.discount_codes import split_codes, validate_codes
from stores.payment_methods import TEST_CARD, PaymentMethodsField, list_default_methods
from wording.fields import SentenceField

from .consumer_law_settings import ConsumerLawSettings
from .shopper_settings import ShopperSettings
from .tax_modes import TaxMode, TaxRounding

if TYPE_CHECKING:
    from .footer_link import FooterLink
    from .store_offer import StoreOffer


class Store(ConsumerLawSettings, ShopperSettings):
    """A merchant's NEXT Commerce store in live or test mode, and the host its shop is served on."""

    slug = models.SlugField(_("slug"), unique=True, help_text=_("Identifies the store in its webhook URL."))
    name = models.CharField(_("name"), max_length=100)
    is_live = models.BooleanField(
        _("live mode"), default=False, help_text=_("Test stores accept only test orders.")
    )
    host = models.CharField(
        _("host"),
        max_length=255,
        unique=True,
        help_text=_(
            "The host your shop is served on, for example shop.example.com. Include a nonstandard port."
        ),
        validators=[
            RegexValidator(
                r"^[a-z0-9.-]+(:\d{1,5})?$", _("Enter only a host name, for example shop.example.com.")
            )
        ],
    )
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    countries = CountryCodesField(
        _("ships to"),
        default=list,
        blank=True,
        help_text=_("ISO country codes. Leave blank to ship wherever the shipping methods go."),
    )
    accent = models.CharField(
        _("accent color"),
        max_length=7,
        default="#1f6f5c",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Enter a color such as #1f6f5c."))],
    )
    # `catalog.store_logo` writes it, resized. Empty: the name is shown.
    logo = models.FileField(_("logo"), blank=True, editable=False)
    logo_width = models.PositiveSmallIntegerField(null=True, editable=False)
    logo_height = models.PositiveSmallIntegerField(null=True, editable=False)
    logo_alt_text = models.CharField(_("alternative text"), max_length=100, blank=True, editable=False)
    support_email = models.EmailField(_("support email"), blank=True)
    # The seller, as named on invoices.
    legal_name = models.CharField(
        _("legal name"), max_length=200, blank=True, help_text=_("On invoices, if it isn't the shop's name.")
    )
    invoice_address = models.TextField(
        _("address on invoices"), max_length=500, blank=True, help_text=_("Of the seller, one line each.")
    )
    tax_id = models.CharField(
        _("tax ID"), max_length=40, blank=True, help_text=_("Such as a VAT number. Printed on invoices.")
    )

    next_api_url = models.URLField(
        _("Admin API URL"), help_text=_("https://yourstore.29next.store/api/admin/")
    )
    access_token = EncryptedTextField(_("access token"), blank=True)
    webhook_secret = EncryptedTextField(_("webhook secret"), blank=True)
    access_token_ciphertext: Ciphertext
    webhook_secret_ciphertext: Ciphertext
    payment_gateway = models.PositiveIntegerField(_("gateway ID"), null=True, blank=True)
    payment_gateway_group = models.PositiveIntegerField(_("gateway group ID"), null=True, blank=True)
    payment_methods = PaymentMethodsField(
        _("payment methods"),
        default=list_default_methods,
        help_text=_("The first one is selected for shoppers."),
    )
    # Where no tax region says otherwise. NEXT quotes no tax, so the shop must know how.
    tax_mode = models.CharField(
        _("tax"),
        max_length=10,
        choices=TaxMode,
        default=TaxMode.AT_PAYMENT,
        help_text=_(
            "As in NEXT Commerce, for countries without a tax region below. "
            "“Calculated at payment” fits tax services such as TaxJar: "
            "the checkout then shows no final total."
        ),
    )
    tax_rounding = models.CharField(
        _("tax is rounded"),
        max_length=5,
        choices=TaxRounding,
        default=TaxRounding.LINE,
        help_text=_("If NEXT Commerce's tax is a cent off, try another."),
    )
    taxes_digital_products = models.BooleanField(
        _("digital products are taxed"),
        default=True,
        help_text=_("Products that aren't shipped. Set it as in NEXT Commerce."),
    )
    # How much more tax than shown NEXT may charge before staff must decide. Null: any amount, since the
    # shopper confirmed it at Link.
    max_tax_difference = models.DecimalField(
        _("review payments above the shown total by"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Tax that NEXT Commerce added beyond what was shown. Leave blank to accept any."),
    )
    accepts_codes = models.BooleanField(
        _("accepts discount codes"),
        default=True,
        help_text=_("If off, the checkout has no field for a code."),
    )
    asks_order_note = models.BooleanField(
        _("asks for an order note"),
        default=False,
        help_text=_(
            "Shoppers can add a note for the shop and the delivery. NEXT Commerce gets it with the order."
        ),
    )
    codes_lower_custom_prices = models.BooleanField(
        _("codes lower the shop's own prices"),
        default=False,
        help_text=_(
            "Subscription prices, and prices that differ from NEXT Commerce's. If off, a code lowers only "
            "what is sold at its NEXT Commerce price."
        ),
    )
    shipping_codes = models.CharField(
        _("codes that lower shipping"),
        max_length=1000,
        blank=True,
        validators=[validate_codes],
        help_text=_(
            "For example FREESHIP, SHIP50. NEXT Commerce can't say before payment what they take off, so the "
            "checkout shows them as applied at payment. List only codes that are valid."
        ),
    )
    verification_amount = models.DecimalField(
        _("verification amount"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_(
            "Charged when a subscription starts with nothing to pay, and refunded right after the payment, "
            "because NEXT Commerce doesn't accept 0.00 orders. Shoppers are told. Leave blank to sell no "
            "free trials."
        ),
    )
    next_sends_receipt = models.BooleanField(
        _("NEXT Commerce emails receipts"), default=True, help_text=_("If off, this shop sends them.")
    )
    notify_subscribers = models.BooleanField(
        _("email subscribers"),
        default=True,
        help_text=_(
            "About changes they make, upcoming charges, trials that end, and price changes. "
            "Each email links to their subscription page."
        ),
    )
    # How far a test store's clock is ahead of real time.
    clock_offset = models.DurationField(default=datetime.timedelta, editable=False)

    last_response_at = models.DateTimeField(_("last response"), null=True, editable=False)
    last_failure_at = models.DateTimeField(_("last failure"), null=True, editable=False)
    last_failure_message = SentenceField(_("failure message"), editable=False)
    # Whether NEXT sends the store's events to this host (S26), as last checked.
    webhook_checked_at = models.DateTimeField(null=True, editable=False)
    webhook_error = SentenceField(_("webhook problem"), editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        permissions: ClassVar = [
            ("change_store_keys", "Can change stores' Admin API URLs, access tokens, and webhook secrets")
        ]
        ordering = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(payment_gateway=None) | Q(payment_gateway_group=None),
                name="store_gateway_or_group_never_both",
                violation_error_message=_("Set either a gateway or a gateway group, not both."),
            ),
            models.CheckConstraint(
                condition=~Q(payment_methods__contains=TEST_CARD.code) | Q(is_live=False),
                name="store_test_card_in_test_mode_only",
                violation_error_message=_("The test card works only in test stores."),
            ),
            models.CheckConstraint(
                condition=Q(clock_offset=datetime.timedelta()) | Q(is_live=False),
                name="store_clock_is_moved_in_test_mode_only",
                violation_error_message=_("This store's clock was moved, so it must stay a test store."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    # Whether there is any tax rate, if known without a query.
    has_tax_rates: bool | None = None

    @cached_property
    def has_tax_regions(self) -> bool:
        """Return True if some country's tax differs from the store's own setting."""
        return self.tax_regions.exists()

    @cached_property
    def home_tax_mode(self) -> str:
        """How prices relate to tax in the likely country, for pages that are the same for everyone."""
        regions = self.tax_regions.filter(country=self.home_country, currency__in=["", self.currency])
        region = regions.order_by("-currency").first()
        return region.mode if region else self.tax_mode

    @property
    def needs_tax_address(self) -> bool:
        """Return True if tax depends on the address, also of an order that ships nothing."""
        return self.tax_mode not in TaxMode.fixed_totals() or self.has_tax_regions

    @cached_property
    def shown_footer_links(self) -> list["FooterLink"]:
        """The links to terms and policies, read once for a page that shows them twice."""
        return list(self.footer_links.all())

    @cached_property
    def active_offers(self) -> list["StoreOffer"]:
        """The offers that the store's orders request."""
        return list(self.offers.filter(is_active=True))

    def has_shipping_code(self, code: str) -> bool:
        """Return True if staff named this code as one that lowers shipping."""
        return code.casefold() in map(str.casefold, split_codes(self.shipping_codes))

    @property
    def seller_lines(self) -> list[str]:
        """Name, address, and tax ID of the seller, as invoices state them."""
        lines = [self.legal_name or self.name, *self.invoice_address.splitlines(), self.tax_id]
        return [line.strip() for line in lines if line.strip()]

    @property
    def origin(self) -> str:
        """The shop's URL without a path, e.g. `https://shop.example.com`."""
        return f"{settings.PUBLIC_SCHEME}://{self.host}"

    @property
    def logo_label(self) -> str:
        """What the logo says to those who don't see it."""
        return self.logo_alt_text or self.name

    @property
    def logo_width_in_emails(self) -> int:
        """How wide emails show the logo, in pixels: at most 240 × 72."""
        width, height = self.logo_width or 1, self.logo_height or 1
        return max(round(min(240, 72 * width / height, width)), 1)

    @property
    def logo_address(self) -> str:
        """The logo's URL with its host, for emails."""
        return urljoin(self.origin, self.logo.url) if self.logo else ""

    def now(self) -> datetime.datetime:
        """Return the time on the store's clock, which is the real time for live stores."""
        return timezone.now() + self.clock_offset
