"""How far the import of a store's products is, and what it leaves to staff."""

from dataclasses import dataclass

from django.db.models import QuerySet

from catalog.missing_products import MissingProducts, list_missing_products
from catalog.models import NextPicture, NextProductRefresh, Product, ProductSync
from catalog.picture_download import list_waiting_products
from stores.models import Store
from wording.sentence import Sentence


@dataclass(frozen=True)
class ImportPart:
    """A part of the import: how many of how many are done, and how many failed."""

    done: int
    total: int
    failed: int = 0

    @property
    def is_done(self) -> bool:
        return self.done + self.failed >= self.total


@dataclass(frozen=True)
class ImportProgress:
    """The import of one store. `sync` is None before the first."""

    sync: ProductSync | None
    texts: ImportPart
    pictures: ImportPart
    hidden: int  # new products whose pictures are still to come
    waiting: QuerySet[Product]  # new products that wait for a picture that was given up
    differing: int  # products with a value that both sides changed
    missing: MissingProducts
    error: Sentence

    @property
    def is_running(self) -> bool:
        """Return True while something is still to be read or downloaded."""
        if self.sync is None:
            return False
        return self.sync.finished_at is None or not (self.texts.is_done and self.pictures.is_done)


def load_import_progress(store: Store) -> ImportProgress:
    """Return how far the store's import is."""
    sync = ProductSync.objects.filter(store=store).select_related("requested_by").first()
    linked = Product.objects.filter(store=store, next_product_id__isnull=False)
    total = linked.count()
    refreshes = NextProductRefresh.objects.filter(store=store)
    unread = refreshes.filter(next_product_id__in=linked.values("next_product_id")).count()
    pictures = NextPicture.objects.filter(product__store=store)
    failing = refreshes.exclude(error__code="").order_by("-pk").first()
    return ImportProgress(
        sync=sync,
        texts=ImportPart(done=total - unread, total=total),
        pictures=ImportPart(
            done=pictures.exclude(downloaded_at=None).count(),
            total=pictures.count(),
            failed=pictures.filter(downloaded_at=None, due_at=None).count(),
        ),
        hidden=linked.filter(awaits_pictures=True).count(),
        waiting=list_waiting_products(store),
        differing=linked.filter(differences__isnull=False).distinct().count(),
        missing=list_missing_products(store),
        error=sync.error if sync and sync.error else failing.error if failing else Sentence(),
    )
