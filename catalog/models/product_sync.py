"""How far the catalog has been read from the store."""

from django.db import models

from stores.models import Store


class ProductSync(models.Model):
    """The last reading of a store's products, or the one that was cut off and can go on."""

    store = models.OneToOneField(Store, models.CASCADE, related_name="product_sync")
    cursor = models.CharField(max_length=500, blank=True)  # of the next page
    seen_product_ids = models.JSONField(default=list)  # ids in the store of the products read so far
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.store}: {len(self.seen_product_ids)}"
