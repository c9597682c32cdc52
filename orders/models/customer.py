"""The customer: a person known to one store by e-mail, phone or the merchant's own id."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField
from stores.models import Store


class Customer(models.Model):
    """One person at one store. Knowing the address shows a visitor nothing of it."""

    id = IdField("cus")
    store = models.ForeignKey(Store, models.CASCADE, related_name="customers")
    name = models.CharField(_("name"), max_length=255, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)  # E.164
    merchant_uuid = models.CharField(_("merchant's id"), max_length=100, blank=True)
    description = models.TextField(_("description"), blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    # Since when nothing personal is left here; the orders keep their numbers and amounts.
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "store",
                Lower("email"),
                condition=~Q(email=""),
                name="customer_email_once_in_a_store",
            ),
            models.UniqueConstraint(
                fields=["store", "merchant_uuid"],
                condition=~Q(merchant_uuid=""),
                name="customer_merchant_uuid_once_in_a_store",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "-created_at", "-id"], name="customer_newest"),
            models.Index(fields=["store", "phone"], condition=~Q(phone=""), name="customer_by_phone"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone or self.id
