"""The store: one merchant in one mode."""

import datetime
from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores.crypto import EncryptedTextField


class Store(models.Model):
    """A merchant's NEXT Commerce store in live or test mode, and the host its shop is served on."""

    class PaymentMethod(models.TextChoices):
        LINK = "link", _("Link")
        TEST_3DS_CARD = "test_3ds_card", _("Test card with the whole redirect, without Stripe")

    slug = models.SlugField(
        _("short name"), unique=True, help_text=_("Names the store in the webhook's address.")
    )
    name = models.CharField(_("name"), max_length=100)
    is_live = models.BooleanField(
        _("live mode"), default=False, help_text=_("Test stores take test orders alone.")
    )
    host = models.CharField(
        _("host"),
        max_length=255,
        unique=True,
        help_text=_("Where the shop is served, with the port if it is not the usual one: shop.example.com"),
        validators=[
            RegexValidator(r"^[a-z0-9.-]+(:\d{1,5})?$", _("Only a host name, such as shop.example.com."))
        ],
    )
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    countries = models.JSONField(
        _("ships to"),
        default=list,
        blank=True,
        help_text=_("ISO country codes; empty means where its shipping methods go."),
    )
    accent = models.CharField(
        _("accent color"),
        max_length=7,
        default="#1f6f5c",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("A color such as #1f6f5c."))],
    )
    support_email = models.EmailField(_("support address"), blank=True)
    # [{"name": "Terms", "url": "https://…"}]
    footer_links = models.JSONField(_("terms and policies"), default=list, blank=True)

    next_api_url = models.URLField(_("admin API"), help_text=_("https://yourstore.29next.store/api/admin/"))
    access_token = EncryptedTextField(_("access token"), blank=True)
    webhook_secret = EncryptedTextField(_("webhook secret"), blank=True)
    payment_gateway = models.PositiveIntegerField(_("gateway id"), null=True, blank=True)
    payment_gateway_group = models.PositiveIntegerField(_("gateway group id"), null=True, blank=True)
    payment_method = models.CharField(
        _("pay with"), max_length=20, choices=PaymentMethod, default=PaymentMethod.LINK
    )
    prices_include_tax = models.BooleanField(_("prices include tax"), default=True)
    # {"DE": "19"}: percent added to prices by country, where they do not include it.
    tax_rates = models.JSONField(_("tax rates"), default=dict, blank=True)
    verification_amount = models.DecimalField(
        _("verification amount"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_(
            "Charged where a subscription begins with nothing to pay, and given back right after payment:"
            " NEXT Commerce takes no such order of 0.00. Shoppers are told. Empty: free trials are not sold."
        ),
    )
    next_sends_receipt = models.BooleanField(
        _("NEXT mails the receipt"), default=True, help_text=_("Off: this shop mails it.")
    )
    notify_subscribers = models.BooleanField(
        _("mail subscribers"),
        default=True,
        help_text=_(
            "What they did, what is charged next, and before a trial ends or the price changes. "
            "Their page's address is in these mails."
        ),
    )
    # How far a test store's own clock was moved ahead, to see what time brings.
    clock_offset = models.DurationField(default=datetime.timedelta, editable=False)

    last_response_at = models.DateTimeField(_("last heard from"), null=True, editable=False)
    last_failure_at = models.DateTimeField(_("last failure"), null=True, editable=False)
    last_failure_message = models.CharField(_("what failed"), max_length=300, blank=True, editable=False)
    # Whether the store's events come to this host (S26), as the store last said.
    webhook_checked_at = models.DateTimeField(null=True, editable=False)
    webhook_error = models.CharField(
        _("what is wrong with the webhook"), max_length=300, blank=True, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(payment_gateway=None) | Q(payment_gateway_group=None),
                name="store_gateway_or_group_never_both",
                violation_error_message=_("Set the gateway or the gateway group, never both."),
            ),
            models.CheckConstraint(
                condition=Q(payment_method="link") | Q(is_live=False),
                name="store_test_card_in_test_mode_only",
                violation_error_message=_(
                    "The test card is for test stores; a live store is paid with Link."
                ),
            ),
            models.CheckConstraint(
                condition=Q(clock_offset=datetime.timedelta()) | Q(is_live=False),
                name="store_clock_is_moved_in_test_mode_only",
                violation_error_message=_("The clock of this store was moved; it stays a test store."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def origin(self) -> str:
        """The shop's own address without a path, e.g. `https://shop.example.com`."""
        return f"{settings.PUBLIC_SCHEME}://{self.host}"

    def now(self) -> datetime.datetime:
        """The time by the store's clock: of a live store, the time."""
        return timezone.now() + self.clock_offset
