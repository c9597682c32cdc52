"""Open carts. An order of the customer closes a cart, which deletes it."""

from datetime import datetime, timedelta

from django.db import models

from .order import Customer, generate_secret
from .store import Store

ABANDONED_AFTER = timedelta(minutes=30)


class Cart(models.Model):
    """What a customer gathered. A customer has at most one; without a customer it is anonymous."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="carts")
    customer = models.OneToOneField(Customer, null=True, on_delete=models.CASCADE, related_name="cart")
    token = models.CharField(max_length=64, default=generate_secret, unique=True)
    currency = models.CharField(max_length=3)
    user = models.JSONField(default=dict)
    vouchers = models.JSONField(default=list)
    attribution = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    quote = models.JSONField(help_text="The prices when the lines were saved.")
    is_abandoned = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    @property
    def abandoned_at(self) -> datetime:
        """When the cart counts as abandoned unless it changes or is ordered before."""
        return self.updated_at + ABANDONED_AFTER
