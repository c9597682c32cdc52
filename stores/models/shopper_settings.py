"""What the store offers shoppers between the cart and the parcel, and how long."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class ShopperSettings(models.Model):
    """The part of `Store` about reminders of open carts and changes of paid orders."""

    cart_reminder_hours = models.PositiveSmallIntegerField(
        _("remind of open carts after"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(168)],
        help_text=_(
            "Hours. The checkout then offers a reminder, and only shoppers who tick it get one email if they "
            "don't pay. Most countries, such as all in the EU, require this consent. Leave blank if another "
            "app emails about open carts."
        ),
    )
    self_service_minutes = models.PositiveSmallIntegerField(
        _("shoppers may change orders for"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(4320)],
        help_text=_(
            "Minutes after the payment. Until an order is at the warehouse, its shopper can correct the "
            "address, or cancel it for a full refund. Use at most the fulfillment delay that you set in NEXT "
            "Commerce, such as 30. Leave blank to allow neither."
        ),
    )

    class Meta:
        abstract = True
