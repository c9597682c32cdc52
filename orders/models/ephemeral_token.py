"""The ephemeral token: lets a shopper check out once as a customer the merchant vouches for."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.models import Store

from .customer import Customer


class EphemeralToken(models.Model):
    """A single-use, short-lived token, stored as a hash (R117, R120, R121). No customer: anonymous (R111)."""

    digest = models.CharField(max_length=64, primary_key=True)
    store = models.ForeignKey(Store, models.CASCADE, related_name="ephemeral_tokens")
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="ephemeral_tokens")
    provider = models.CharField(_("provider"), max_length=50, blank=True)
    order_id = models.CharField(_("merchant's order ID"), max_length=100, blank=True)
    return_url = models.CharField(_("return URL"), max_length=500, blank=True)
    channel_metadata = models.JSONField(default=dict, blank=True)
    issued_by = models.CharField(_("issued by"), max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"))
    redeemed_at = models.DateTimeField(_("redeemed at"), null=True)

    class Meta:
        verbose_name = _("ephemeral token")
        verbose_name_plural = _("ephemeral tokens")
        ordering = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="ephemeral_token_old")]

    def __str__(self) -> str:
        return self.digest[:8]
