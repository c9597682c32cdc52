"""How far the list of a store's NEXT orders was read."""

from django.db import models

from stores.models import Store


class OrderListing(models.Model):
    """One row per store with payments. `checkout.payments.order_listings` reads the list."""

    store = models.OneToOneField(Store, models.CASCADE, related_name="order_listing")
    due_at = models.DateTimeField(db_index=True)
    # Orders created earlier aren't looked at again.
    read_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"orders of {self.store_id}"
