"""The carts in NEXT that tell what discount codes are worth."""

from typing import ClassVar

from django.db import models

from stores.models import Store


class OpenCart(models.Model):
    """An anonymous cart in NEXT that a browser's code checks use. The reconciler deletes it there.

    A cart whose creation got no answer has no row. It has no customer and no effect in NEXT.
    """

    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    next_cart_id = models.PositiveBigIntegerField()
    delete_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "next_cart_id"], name="open_cart_once_in_a_store")
        ]
        indexes: ClassVar = [models.Index(fields=["delete_at"], name="open_cart_to_delete")]

    def __str__(self) -> str:
        return f"cart {self.next_cart_id}"
