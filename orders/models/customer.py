"""The customer: a person known to one store by email, phone, or the merchant's own id."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField
from stores.models import Store
from stores.search import SearchTextField


class Customer(models.Model):
    """One person at one store. Knowing their email gives a visitor no access to this data."""

    id = IdField("cus")
    store = models.ForeignKey(Store, models.CASCADE, related_name="customers", verbose_name=_("store"))
    name = models.CharField(_("name"), max_length=255, blank=True)
    email = models.EmailField(_("email"), blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)  # E.164
    merchant_uuid = models.CharField(_("merchant's ID"), max_length=100, blank=True)
    description = models.TextField(_("notes"), blank=True)  # `description` in the API
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    # Searched by `orders.search`, with a trigram index on PostgreSQL.
    search_text = SearchTextField(sources=("name", "email", "phone", "merchant_uuid"))
    # When the personal data was erased. The orders keep their numbers and amounts.
    erased_at = models.DateTimeField(_("erased at"), null=True, editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions: ClassVar = [
            ("export_customer", "Can export customers' personal data"),
            ("erase_customer", "Can erase customers' personal data"),
        ]
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
            # The admin lists all stores together.
            models.Index(fields=["-created_at", "-id"], name="customer_newest_of_all"),
            models.Index(fields=["store", "phone"], condition=~Q(phone=""), name="customer_by_phone"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone or self.id
