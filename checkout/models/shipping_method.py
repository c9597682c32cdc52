"""NEXT's shipping methods, stored here so that a checkout needs no call for them."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.models import Store
from stores.money import is_payable


class ShippingMethod(models.Model):
    """A row of `GET /shipping-methods/`, refreshed by `checkout.shipping_methods`."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="shipping_methods", verbose_name=_("store"))
    code = models.CharField(_("code"), max_length=128)
    name = models.CharField(_("name"), max_length=128)
    delivery_time = models.CharField(_("delivery time"), max_length=128, blank=True)
    countries = models.JSONField(_("countries"), default=list, blank=True)  # country codes; empty: everywhere
    prices = models.JSONField(_("prices"), default=dict)  # {"USD": "5.00"}
    is_public = models.BooleanField(_("public"), default=True)
    refreshed_at = models.DateTimeField(_("refreshed"))

    class Meta:
        verbose_name = _("shipping method")
        verbose_name_plural = _("shipping methods")
        ordering = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "code"], name="shipping_code_once_in_a_store")
        ]

    def __str__(self) -> str:
        return self.name

    def price(self, currency: str) -> Decimal | None:
        """Return the price in this currency, or None if there is none that can be paid."""
        text = self.prices.get(currency)
        return Decimal(text) if text is not None and is_payable(Decimal(text), currency) else None

    def goes_to(self, country: str) -> bool:
        """Return True if it ships to the country. A method without countries ships everywhere."""
        return not self.countries or country in self.countries
