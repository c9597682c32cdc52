"""Automatic offers of NEXT that a store's orders request."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .store import Store


class StoreOffer(models.Model):
    """An offer that NEXT applies to orders that name it. The API lists no offers, so staff enter its ID."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="offers", verbose_name=_("store"))
    next_offer_id = models.PositiveBigIntegerField(
        _("offer ID"),
        validators=[MinValueValidator(1)],
        help_text=_("From the offer's address in NEXT Commerce."),
    )
    name = models.CharField(_("name"), max_length=100, help_text=_("Shown to shoppers at checkout."))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "next_offer_id"], name="offer_once_in_a_store")
        ]

    def __str__(self) -> str:
        return self.name
