"""Tags: staff's own words for orders, such as "gift" or "call back"."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from stores.models import Store


class OrderTag(models.Model):
    """A word that staff put on orders of one store. One that no order has isn't offered (`orders.tags`)."""

    MAX_LENGTH = 40

    store = models.ForeignKey(Store, models.CASCADE, related_name="order_tags", verbose_name=_("store"))
    name = models.CharField(_("name"), max_length=MAX_LENGTH)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        default_permissions = ()  # who may change orders may tag them
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint("store", Lower("name"), name="order_tag_once_in_a_store")
        ]

    def __str__(self) -> str:
        return self.name
