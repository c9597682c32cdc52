"""NEXT's shipping methods, stored here so that a checkout needs no call for them."""

from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from stores.countries import CountryCodesField
from stores.models import Store


class ShippingMethodQuerySet(models.QuerySet["ShippingMethod"]):
    def with_price(self, currency: str) -> Self:
        """Keep the methods with a price in this currency, and set their `price`."""
        return self.filter(prices__currency=currency).annotate(price=F("prices__amount"))


class ShippingMethod(models.Model):
    """A row of `GET /shipping-methods/`, refreshed by `checkout.shipping_methods`."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="shipping_methods", verbose_name=_("store"))
    code = models.CharField(_("code"), max_length=128)
    name = models.CharField(_("name"), max_length=128)
    delivery_time = models.CharField(_("delivery time"), max_length=128, blank=True)
    countries = CountryCodesField(_("countries"), default=list, blank=True)  # empty: everywhere
    is_public = models.BooleanField(_("public"), default=True)
    refreshed_at = models.DateTimeField(_("refreshed"))

    objects = ShippingMethodQuerySet.as_manager()
    price: Decimal  # of methods from `with_price`

    class Meta:
        verbose_name = _("shipping method")
        verbose_name_plural = _("shipping methods")
        ordering = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "code"], name="shipping_code_once_in_a_store")
        ]

    def __str__(self) -> str:
        return self.name

    def goes_to(self, country: str) -> bool:
        """Return True if it ships to the country. A method without countries ships everywhere."""
        return not self.countries or country in self.countries


class ShippingPrice(models.Model):
    """What a shipping method costs for an order in one currency. Only amounts that can be paid."""

    method = models.ForeignKey(ShippingMethod, models.CASCADE, related_name="prices")
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = _("shipping price")
        verbose_name_plural = _("shipping prices")
        ordering = ["currency"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["method", "currency"], name="shipping_price_once_in_a_currency")
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
