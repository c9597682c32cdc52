"""Files that staff import into the catalog: first checked, then, once staff confirm, imported."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField
from stores.models import Store
from wording.fields import SentenceField


class CatalogImport(models.Model):
    """An uploaded file. `catalog.staged_import` checks and imports its products step by step."""

    id = IdField("imp")
    store = models.ForeignKey(Store, models.CASCADE, related_name="catalog_imports", verbose_name=_("store"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    file_name = models.CharField(max_length=200)
    read_as = SentenceField()  # such as "UTF-8, separated by commas"
    decimal_mark = models.CharField(max_length=1, blank=True)
    columns = models.JSONField(default=list)  # those of the file, in its order
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        default_permissions = ()  # who may add and change products may import them

    def __str__(self) -> str:
        return self.file_name


class ImportedProduct(models.Model):
    """The rows of one product in an imported file, and what importing them would do or did."""

    class Kind(models.TextChoices):
        NEW = "new", _("New")
        CHANGED = "changed", _("Changed")
        UNCHANGED = "unchanged", _("Unchanged")
        REFUSED = "refused", _("Refused")

    catalog_import = models.ForeignKey(CatalogImport, models.CASCADE, related_name="products")
    position = models.PositiveIntegerField()
    slug = models.CharField(max_length=200)
    rows = models.JSONField()  # [[row number, {column: cell}], …]
    kind = models.CharField(max_length=9, choices=Kind, blank=True)  # empty until checked
    changes = models.JSONField(default=list)  # `csv_changes.Change` in JSON
    refused = models.JSONField(default=list)  # [[row number, sentence], …]
    imported_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["position"]
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["catalog_import", "position"], name="imported_product_position")
        ]
        indexes: ClassVar = [
            models.Index(fields=["catalog_import", "kind", "position"], name="imported_product_kind")
        ]

    def __str__(self) -> str:
        return self.slug
