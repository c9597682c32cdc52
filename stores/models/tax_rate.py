"""Taxes that are added to a store's prices."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.countries import validate_country

from .store import Store


class TaxRate(models.Model):
    """The tax of a country, or of one of its states. Applies only if prices don't include tax."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="tax_rates", verbose_name=_("store"))
    country = models.CharField(_("country"), max_length=2, validators=[validate_country])
    # As addresses name it, in capitals. Blank for the rest of the country.
    state = models.CharField(
        _("state"),
        max_length=64,
        blank=True,
        help_text=_("For example CA. Leave blank for the rest of the country."),
    )
    rate = models.DecimalField(
        _("percent"),
        max_digits=6,
        decimal_places=3,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        ordering = ["country", "state"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "country", "state"], name="tax_rate_once_for_a_state_in_a_store"
            ),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=100), name="tax_rate_is_a_percentage"),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.state}".strip()
