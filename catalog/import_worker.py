"""The background of imports: reads NEXT's products and downloads their pictures, in threads of their own.

Payments never wait for an import, and the pictures never wait for the API. Any number of workers may run:
each row is leased before the work on it.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from django.db import close_old_connections, connections

from catalog.models import NextProductRefresh, ProductSync
from catalog.picture_download import download_due_pictures
from catalog.product_refresh import refresh_product
from catalog.product_sync import continue_product_sync
from stores.leases import claim_due_rows
from stores.models import Store

IDLE_SECONDS = 2.0
STOP_SECONDS = 30.0

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
    return read_due_products() + download_due_pictures()


def _attempt(work: Callable[[Row], str], row: Row) -> str:
    """Do the work on a row. It comes back when its lease ends if that fails."""
    try:
        return work(row)
    except Exception:
        logger.exception("%s couldn't be imported", row)
        return "failed"


class ImportWorker:
    """Threads that import until they are stopped."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        works: dict[str, Callable[[], Counter[str]]] = {
            "product-import": read_due_products,
            "picture-import": download_due_pictures,
        }
        self._threads = [
            threading.Thread(target=self._run, args=[work], name=name, daemon=True)
            for name, work in works.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let the threads finish what they do, and wait for them, but not for long."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def _run(self, work: Callable[[], Counter[str]]) -> None:
        while not self._stopped.is_set():
            try:
                done = work()
            except Exception:  # such as a database that is away for a moment
                logger.exception("an import round failed")
                done = Counter()
            if not done:
                close_old_connections()
                self._stopped.wait(IDLE_SECONDS)
        connections.close_all()
