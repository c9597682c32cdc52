"""Somebody who waits for a sold-out variant."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import PaymentLink, Variant
from stores.crypto import make_url_token
from stores.ids import IdField

from .contact import Contact

ALERT_PURPOSE = "confirm-alert"


class StockAlert(models.Model):
    """A request to be told once when a variant is back in stock (`orders.stock_alerts`).

    It counts once the address is confirmed. That it was answered is its email in the outbox.
    """

    id = IdField("alr")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="stock_alerts")
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="stock_alerts")
    # The payment link whose page it was requested on; null: the product's own page.
    link = models.ForeignKey(PaymentLink, models.SET_NULL, null=True, related_name="+")
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("stock alert")
        verbose_name_plural = _("stock alerts")
        default_permissions = ()
        ordering = ["created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contact", "variant"], name="stock_alert_once_for_a_contact")
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="stock_alert_oldest")]

    def __str__(self) -> str:
        return self.id

    def make_token(self) -> str:
        """Return the secret part of the address that confirms it."""
        return make_url_token(purpose=ALERT_PURPOSE, subject=self.pk)
