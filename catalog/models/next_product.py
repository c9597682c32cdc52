"""What NEXT last said of a product, and what is still to be fetched or decided."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from stores.models import Store
from wording.fields import SentenceField

from .media import Media
from .product import Product
from .variant import Variant


class NextProductRecord(models.Model):
    """What NEXT last said of a product, in JSON. It tells what staff changed since from what NEXT changed."""

    product = models.OneToOneField(Product, models.CASCADE, related_name="next_record")
    values = models.JSONField(default=dict)
    # NEXT's time of the last change that was read whole, with the description. Null: not read yet.
    next_updated_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"NEXT's values of {self.product_id}"


class ProductDifference(models.Model):
    """A value that staff changed here and NEXT changed too. It waits until staff choose one of them."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="differences")
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="differences", null=True)
    field = models.CharField(max_length=40)
    next_value = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["product", "variant", "field"], name="difference_once_in_a_variant"
            ),
            models.UniqueConstraint(
                fields=["product", "field"], condition=Q(variant=None), name="difference_once_in_a_product"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.variant_id or self.product_id}"


class NextPicture(models.Model):
    """A picture of a product in NEXT, which the background downloads."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="next_pictures")
    # The address without its query, which may be a signature that changes.
    key = models.CharField(max_length=500)
    url = models.CharField(max_length=1000)
    caption = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    variants = models.ManyToManyField(Variant, related_name="next_pictures")
    # Ours, once it was downloaded. Null again if staff deleted it.
    media = models.OneToOneField(Media, models.SET_NULL, null=True, related_name="next_picture")
    downloaded_at = models.DateTimeField(null=True)
    # Null: downloaded, or given up with an `error`.
    due_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error = SentenceField()

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "key"], name="next_picture_once_in_a_product")
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="next_picture_due")
        ]

    def __str__(self) -> str:
        return self.key


class NextProductRefresh(models.Model):
    """A product to read whole from NEXT: the list leaves out descriptions, and events are only hints."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    next_product_id = models.PositiveBigIntegerField()
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error = SentenceField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "next_product_id"], name="next_product_refreshed_once_in_a_store"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="next_product_refresh_due")]

    def __str__(self) -> str:
        return f"product {self.next_product_id} of {self.store_id}"
