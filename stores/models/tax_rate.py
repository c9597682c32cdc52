"""How a store's orders are taxed: by region, at rates, as set up in NEXT."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.countries import validate_country

from .store import Store
from .tax_modes import TaxMode


class TaxRegion(models.Model):
    """How prices in a currency relate to the tax of a country. Other countries follow `Store.tax_mode`."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="tax_regions", verbose_name=_("store"))
    country = models.CharField(_("country"), max_length=2, validators=[validate_country])
    # Blank for all currencies.
    currency = models.CharField(
        _("currency"), max_length=3, blank=True, help_text=_("Leave blank for all currencies.")
    )
    mode = models.CharField(_("tax"), max_length=10, choices=TaxMode)

    class Meta:
        verbose_name = _("tax region")
        verbose_name_plural = _("tax regions")
        ordering = ["country", "currency"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "country", "currency"], name="tax_region_once_for_a_currency_in_a_store"
            )
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.currency}".strip()


class TaxRate(models.Model):
    """One tax of a country or of some of its states."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="tax_rates", verbose_name=_("store"))
    country = models.CharField(_("country"), max_length=2, validators=[validate_country])
    # As addresses name them, separated by commas (`stores.states`). Blank for the whole country.
    states = models.CharField(
        _("states"),
        max_length=1000,
        blank=True,
        help_text=_("For example CA, NY, TX. Leave blank for the whole country."),
    )
    name = models.CharField(_("name"), max_length=100, help_text=_("Shown to shoppers, for example VAT."))
    rate = models.DecimalField(
        _("percent"),
        max_digits=7,
        decimal_places=4,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    taxes_shipping = models.BooleanField(_("taxes shipping"), default=False)
    # A state's rate that isn't compound replaces the country's.
    is_compound = models.BooleanField(
        _("compound"),
        default=False,
        help_text=_(
            "A state's rates replace the country's, unless all of them are compound. Then they add up."
        ),
    )
    # Replaces the other rates for products of this tax category, and never taxes shipping.
    tax_category = models.CharField(
        _("only for tax category"),
        max_length=100,
        blank=True,
        help_text=_("Replaces the other rates for products of this category. Leave blank for all products."),
    )

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        ordering = ["country", "states", "tax_category", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=100), name="tax_rate_is_a_percentage"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.country} {self.states}".strip()
