"""Pictures that an imported file names by their addresses."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from wording.fields import SentenceField

from .catalog_import import CatalogImport
from .media import Media
from .product import Product
from .variant import Variant


class ImportedPicture(models.Model):
    """A picture of a product at an address on the web, which the background downloads."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="imported_pictures")
    # The last file that named it. Null: the file came by command, or is no longer kept.
    catalog_import = models.ForeignKey(CatalogImport, models.SET_NULL, null=True, related_name="pictures")
    url = models.CharField(max_length=1000)
    position = models.PositiveSmallIntegerField(default=0)
    variants = models.ManyToManyField(Variant, related_name="imported_pictures")
    # Ours, once it was downloaded. Null again if staff deleted it.
    media = models.OneToOneField(Media, models.SET_NULL, null=True, related_name="imported_picture")
    downloaded_at = models.DateTimeField(null=True)
    # Null: downloaded, or given up with an `error`.
    due_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error = SentenceField()

    class Meta:
        default_permissions = ()  # who may add and change products may import them
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "url"], name="imported_picture_once_in_a_product")
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="imported_picture_due")
        ]

    def __str__(self) -> str:
        return self.url
