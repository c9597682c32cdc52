"""The background of imports: reads NEXT's products and downloads their pictures.

Any number of processes may do so: each row is leased before the work on it.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TypeVar

from catalog.models import NextProductRefresh, ProductSync
from catalog.picture_download import download_due_pictures
from catalog.product_refresh import refresh_product
from catalog.product_sync import continue_product_sync
from stores.leases import claim_due_rows
from stores.models import Store

logger = logging.getLogger(__name__)

Row = TypeVar("Row", ProductSync, NextProductRefresh)


def read_due_products(*, limit: int = 10, store: Store | None = None) -> Counter[str]:
    """Read a page of each list that is due, and up to `limit` products that are due. Return the outcomes."""
    done: Counter[str] = Counter()
    syncs = ProductSync.objects.select_related("store")
    refreshes = NextProductRefresh.objects.select_related("store")
    if store is not None:
        syncs, refreshes = syncs.none(), refreshes.filter(store=store)
    for sync in claim_due_rows(syncs, "due_at", limit=limit):
        done[f"product lists: {_attempt(continue_product_sync, sync)}"] += 1
    for row in claim_due_rows(refreshes, "due_at", limit=limit):
        done[f"products: {_attempt(refresh_product, row)}"] += 1
    return done


def work_due_imports() -> Counter[str]:
    """Do one round of everything that is due."""
    return sum((work() for work in IMPORT_WORKS.values()), Counter[str]())


def _attempt(work: Callable[[Row], str], row: Row) -> str:
    """Do the work on a row. It comes back when its lease ends if that fails."""
    try:
        return work(row)
    except Exception:
        logger.exception("%s couldn't be imported", row)
        return "failed"


# By the name of the thread: pictures never wait for the API.
IMPORT_WORKS: Mapping[str, Callable[[], Counter[str]]] = {
    "product-import": read_due_products,
    "picture-import": download_due_pictures,
}
