"""Categories: what a store's products are grouped by."""

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField
from stores.models import Store


class Category(models.Model):
    """A group of products, such as "Shirts". Imported from NEXT Commerce, or made here without a NEXT ID."""

    id = IdField("cat")
    store = models.ForeignKey(Store, models.CASCADE, related_name="categories", verbose_name=_("store"))
    name = models.CharField(_("name"), max_length=255)
    slug = models.SlugField(_("slug"), max_length=120)
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        related_name="children",
        null=True,
        blank=True,
        verbose_name=_("parent category"),
    )
    # NEXT's name as last imported. A name that staff changed stays.
    next_name = models.CharField(max_length=255, blank=True, editable=False)
    next_category_id = models.PositiveBigIntegerField(
        _("NEXT Commerce category ID"), null=True, blank=True, editable=False
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("The lowest comes first. Ties are sorted by name.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "slug"], name="category_slug_once_in_a_store"),
            models.UniqueConstraint(
                fields=["store", "next_category_id"], name="next_category_once_in_a_store"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('catalog:home')}?category={self.slug}"
