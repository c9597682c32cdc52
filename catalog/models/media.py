"""Pictures of products, and the widths in which each is stored."""

from typing import ClassVar, NamedTuple

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField

from .product import Product

# Every picture is stored in each of these widths that is below its own. The files are found by this list, so
# a change needs every picture to be stored again.
WIDTHS = (320, 640, 1200)
AVIF = "image/avif"
WEBP = "image/webp"
FILE_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", WEBP: "webp", AVIF: "avif"}


class Rendition(NamedTuple):
    """A file of a picture, resized."""

    width: int
    content_type: str
    name: str  # in the storage


class Media(models.Model):
    """A picture of a product: an uploaded file or an external URL."""

    id = IdField("med")
    product = models.ForeignKey(Product, models.CASCADE, related_name="media")
    # The largest file of an uploaded picture; `renditions` lists all of them.
    file = models.FileField(_("file"), upload_to="media/", blank=True)
    source_url = models.URLField(_("source URL"), max_length=500, blank=True)
    content_type = models.CharField(max_length=50, blank=True, editable=False)
    alt_text = models.CharField(_("alt text"), max_length=250, blank=True)
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
    # Pictures without a position come last.
    position = models.PositiveSmallIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering: ClassVar = [F("position").asc(nulls_last=True), "created_at", "id"]

    def __str__(self) -> str:
        return self.alt_text or self.id

    @property
    def url(self) -> str:
        """The URL of the full-size picture, without a host for an uploaded file."""
        return self.file.url if self.file else self.source_url

    @property
    def renditions(self) -> list[Rendition]:
        """The files of an uploaded picture: each width as AVIF, WebP, and in the picture's own format."""
        if not self.file or not self.width or self.content_type not in FILE_ENDINGS:
            return []
        widths = [width for width in WIDTHS if width < self.width] + [self.width]
        return [
            Rendition(width, content_type, self.file_name(width, content_type))
            for width in widths
            for content_type in (AVIF, WEBP, self.content_type)
        ]

    def file_name(self, width: int, content_type: str) -> str:
        """Return the storage name of the picture in one width and format."""
        return f"pictures/{self.pk}/{width}.{FILE_ENDINGS[content_type]}"
