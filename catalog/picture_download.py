"""Download the pictures of products, from NEXT and those that imported files name, several at a time.

Each picture is a row that is due until it is downloaded. After an error it is tried again later, at most
`MAX_ATTEMPTS` times; then staff decide whether the product is shown without it.
"""

import datetime
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from catalog.image_download import download_image
from catalog.images import delete_renditions, open_image, write_renditions
from catalog.import_sentences import NOT_SAVED
from catalog.imported_pictures import attach_imported_picture
from catalog.models import ImportedPicture, Media, NextPicture, Product
from catalog.next_pictures import attach_picture
from stores.errors import Problem
from stores.leases import claim_due_rows
from stores.models import Store
from stores.page_cache import clear_page_cache
from wording.sentence import Sentence

THREADS = 4
MAX_ATTEMPTS = 6
# Between two attempts: four times as long each time.
FIRST_RETRY = datetime.timedelta(seconds=15)

PictureRow: TypeAlias = NextPicture | ImportedPicture

logger = logging.getLogger(__name__)


def download_due_pictures(*, limit: int = 12, store: Store | None = None) -> Counter[str]:
    """Download pictures that are due, and show products that now have all of theirs. Return the outcomes."""
    # Neither kind waits for the other.
    rows: list[PictureRow] = list(_claim_pictures(ImportedPicture, store, limit=limit // 2))
    rows += _claim_pictures(NextPicture, store, limit=limit - len(rows))
    done: Counter[str] = Counter()
    if rows:
        with ThreadPoolExecutor(THREADS, thread_name_prefix="picture-download") as threads:
            for row, result in zip(rows, threads.map(_fetch_picture, rows), strict=True):
                done[_save_result(row, result)] += 1
    done["products shown"] += _show_complete_products(store)
    for host in {row.product.store.host for row in rows}:
        clear_page_cache(host=host)
    return +done


def _claim_pictures(model: type[PictureRow], store: Store | None, *, limit: int) -> Iterator[PictureRow]:
    due: QuerySet[Any] = model._default_manager.select_related("product__store").prefetch_related("variants")
    if store is not None:
        due = due.filter(product__store=store)
    return claim_due_rows(due, "due_at", limit=limit)


def _fetch_picture(row: PictureRow) -> Media | Problem:
    """Download the picture and write its files. No query is made: this runs in a thread of its own."""
    media = Media(product=row.product)
    try:
        # Only NEXT's own addresses may be on this machine, for a sandbox.
        is_from_next = isinstance(row, NextPicture)
        file = download_image(
            row.url,
            allow_private=is_from_next and settings.NEXT_API_ALLOW_PRIVATE,
            allow_http=is_from_next and settings.NEXT_API_ALLOW_HTTP,
        )
        write_renditions(media, open_image(file))
    except Problem as problem:
        return problem
    except Exception:
        logger.exception("picture %s couldn't be saved", row)
        return Problem(NOT_SAVED.fill(), field="address")
    return media


def _save_result(row: PictureRow, result: Media | Problem) -> str:
    if isinstance(result, Problem):
        return _postpone(row, result)
    with transaction.atomic():
        pending = type(row)._default_manager.filter(pk=row.pk, downloaded_at=None)
        current = pending.select_for_update(no_key=True).first()
        if current is not None and current.url == row.url:
            if isinstance(current, NextPicture):
                attach_picture(current, result)
            else:
                attach_imported_picture(current, result)
            Product.objects.filter(pk=row.product_id).update(
                version=F("version") + 1, updated_at=timezone.now()
            )
            return "downloaded"
    # Another process was faster, or the picture isn't wanted any more.
    delete_renditions(result)
    return "not needed"


def _postpone(row: PictureRow, problem: Problem) -> str:
    failures = row.failures + 1
    # A file that isn't a picture won't become one.
    is_final = failures >= MAX_ATTEMPTS or problem.field == "file"
    due_at = None if is_final else timezone.now() + FIRST_RETRY * 4 ** (failures - 1)
    pending = type(row)._default_manager.filter(pk=row.pk, downloaded_at=None, url=row.url)
    pending.update(failures=failures, error=problem.sentence, due_at=due_at)
    return "given up" if is_final else "to be tried again"


def _show_complete_products(store: Store | None) -> int:
    """Put new products on sale that have all of their pictures."""
    missing = NextPicture.objects.filter(product=OuterRef("pk"), downloaded_at=None)
    waiting = Product.objects.filter(~Exists(missing), awaits_pictures=True)
    if store is not None:
        waiting = waiting.filter(store=store)
    return _show(waiting)


def list_waiting_products(store: Store) -> QuerySet[Product]:
    """Return the new products that stay hidden, because a picture of theirs was given up."""
    given_up = NextPicture.objects.filter(product=OuterRef("pk"), downloaded_at=None, due_at=None)
    return Product.objects.filter(Exists(given_up), store=store, awaits_pictures=True)


def show_without_pictures(*, store: Store) -> int:
    """Put those new products on sale that wait for a picture that was given up. Return how many."""
    return _show(list_waiting_products(store))


def retry_pictures(*, store: Store) -> int:
    """Download again what was given up. Return how many pictures."""
    given_up = NextPicture.objects.filter(product__store=store, downloaded_at=None, due_at=None)
    return given_up.update(due_at=timezone.now(), failures=0, error=Sentence())


def _show(products: QuerySet[Product]) -> int:
    found: Sequence[tuple[str, str]] = list(products.values_list("pk", "store__host"))
    if not found:
        return 0
    count = Product.objects.filter(pk__in=[pk for pk, _host in found], awaits_pictures=True).update(
        active=True, awaits_pictures=False, version=F("version") + 1, updated_at=timezone.now()
    )
    for host in {host for _pk, host in found}:
        clear_page_cache(host=host)
    return count
