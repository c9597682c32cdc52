"""Taxes and discounts that NEXT charged differently from what the shop had shown."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from stores.models import Store

from .order import Order

# The cause of a discount that NEXT doesn't name.
UNNAMED_DISCOUNT = gettext_noop("without a name")


class PriceDifference(models.Model):
    """A cause for which NEXT charged more or less than was shown. Staff are told once for each cause."""

    class Kind(models.TextChoices):
        TAX = "tax", _("tax")
        DISCOUNT = "discount", _("discount")

    class Resolution(models.TextChoices):
        ADOPTED = "adopted", _("rates adopted")
        DISMISSED = "dismissed", _("closed")

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="price_differences", verbose_name=_("store")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # What differs: a region such as "US-NY", or the name of an offer.
    cause = models.CharField(_("cause"), max_length=200)
    # Of a tax: the region, whether NEXT's prices contain it, and the rates that NEXT used:
    # [{name, rate, taxes_shipping}], with the rate in percent.
    country = models.CharField(max_length=2, blank=True)
    state = models.CharField(max_length=64, blank=True)
    is_included = models.BooleanField(default=False)
    rates = models.JSONField(default=list)
    shown = models.DecimalField(_("shown"), max_digits=12, decimal_places=2, null=True)
    charged = models.DecimalField(_("charged"), max_digits=12, decimal_places=2)
    # Of a tax: how many orders in a row show that nothing is taxed there.
    untaxed_count = models.PositiveIntegerField(default=0)
    # Of a discount: the most that one order differed by, and the most in percent of its items.
    largest_amount = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    largest_percent = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    order = models.ForeignKey(Order, models.SET_NULL, null=True, related_name="+")  # the first
    orders = models.ManyToManyField(Order, related_name="price_differences")
    order_count = models.PositiveIntegerField(_("orders"), default=0)
    total_difference = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    opened_at = models.DateTimeField(_("opened at"), auto_now_add=True)
    resolved_at = models.DateTimeField(_("closed at"), null=True)
    resolved_by = models.CharField(_("closed by"), max_length=150, blank=True)
    resolution = models.CharField(_("resolution"), max_length=10, choices=Resolution, blank=True)

    class Meta:
        verbose_name = _("price difference")
        verbose_name_plural = _("price differences")
        ordering: ClassVar = ["-opened_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "kind", "cause"],
                condition=Q(resolved_at=None),
                name="one_open_difference_for_a_cause",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.cause}"

    @property
    def cause_name(self) -> str:
        """The cause as staff read it."""
        return gettext(self.cause) if self.cause == UNNAMED_DISCOUNT else self.cause
