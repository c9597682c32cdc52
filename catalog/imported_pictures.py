"""Pictures that imported files name by their addresses: waiting, downloaded, or given up."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from catalog.models import CatalogImport, ImportedPicture, Media, Product, Variant, VariantMedia
from catalog.pictures import set_picture_order
from wording.sentence import Sentence

_PENDING = Q(downloaded_at=None)
_GIVEN_UP = Q(downloaded_at=None, due_at=None)


@dataclass(frozen=True)
class PictureProgress:
    """The progress of an imported file's picture downloads."""

    done: int
    total: int
    failed: QuerySet[ImportedPicture]
    failed_count: int

    @property
    def is_running(self) -> bool:
        return self.done + self.failed_count < self.total


def queue_picture(
    *,
    product: Product,
    url: str,
    position: int,
    variants: list[Variant],
    catalog_import: CatalogImport | None,
) -> None:
    """Queue a picture for download, even one that was given up or deleted before."""
    row, _is_new = ImportedPicture.objects.update_or_create(
        product=product,
        url=url,
        defaults={
            "catalog_import": catalog_import,
            "position": position,
            "media": None,
            "downloaded_at": None,
            "due_at": timezone.now(),
            "failures": 0,
            "error": Sentence(),
        },
    )
    row.variants.set(variants)


def make_room_for_pictures(product: Product) -> int:
    """Give each picture of the product a place. Return the first place after them and the waiting ones."""
    order = list(Media.objects.filter(product=product).values_list("pk", flat=True))
    set_picture_order(product=product, order=order)
    return len(order) + product.imported_pictures.filter(_PENDING).count()


def list_imported_urls(product: Product) -> set[str]:
    """Return the addresses of the pictures that were downloaded, and are still there, or that are due."""
    rows = product.imported_pictures.exclude(_GIVEN_UP)
    rows = rows.exclude(downloaded_at__isnull=False, media=None)
    return set(rows.values_list("url", flat=True))


def attach_imported_picture(row: ImportedPicture, media: Media) -> None:
    """Show a downloaded picture, saved as `media`, at its place."""
    media.position = row.position
    media.save(force_insert=True)
    ImportedPicture.objects.filter(pk=row.pk).update(
        media=media, downloaded_at=timezone.now(), due_at=None, error=Sentence()
    )
    for variant in row.variants.all():
        VariantMedia.objects.create(variant=variant, media=media, position=row.position)


def load_picture_progress(catalog_import: CatalogImport) -> PictureProgress:
    """Return the progress of an imported file's picture downloads."""
    rows = catalog_import.pictures.all()
    failed = rows.filter(_GIVEN_UP).select_related("product")
    return PictureProgress(
        done=rows.exclude(_PENDING).count(),
        total=rows.count(),
        failed=failed,
        failed_count=failed.count(),
    )


def retry_imported_pictures(catalog_import: CatalogImport) -> int:
    """Download again what was given up. Return how many pictures."""
    rows = catalog_import.pictures.filter(_GIVEN_UP)
    return rows.update(due_at=timezone.now(), failures=0, error=Sentence())
