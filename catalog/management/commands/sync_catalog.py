"""`manage.py sync_catalog`: import products, their texts, and their pictures from NEXT Commerce."""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog import product_sync
from catalog.import_progress import ImportPart, load_import_progress
from catalog.import_worker import read_due_products
from catalog.picture_download import download_due_pictures
from nextcommerce.errors import NextApiError
from stores.command_options import get_stores_by_slug
from stores.models import Store


class Command(BaseCommand):
    help = "Imports products with their texts and pictures from NEXT Commerce into the catalog."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("stores", nargs="*", help="short names of the stores (default: all)")
        parser.add_argument(
            "--restart", action="store_true", help="start over instead of resuming an interrupted sync"
        )
        parser.add_argument(
            "--list-only",
            action="store_true",
            help="leave descriptions and pictures to the reconciler",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.shows_progress = sys.stderr.isatty() and options["verbosity"] > 0
        failed = [
            store.slug for store in get_stores_by_slug(options["stores"]) if not self._sync(store, options)
        ]
        if failed:
            raise CommandError(f"Sync not finished for {', '.join(failed)}. Run the command again to resume.")

    def _sync(self, store: Store, options: dict[str, Any]) -> bool:
        with tqdm(desc=store.slug, unit=" products", disable=not self.shows_progress) as bar:
            try:
                summary = product_sync.sync_products(
                    store=store, restart=options["restart"], on_page=bar.update
                )
            except NextApiError as error:
                self.stderr.write(f"{store.slug}: {error}")
                return False
        if not options["list_only"]:
            self._finish_part(store, "descriptions", partial(read_due_products, store=store))
            self._finish_part(store, "pictures", partial(download_due_pictures, store=store))
        if options["verbosity"] > 0:
            self._report(store, summary)
            self._report_rest(store)
        return True

    def _finish_part(self, store: Store, name: str, work: Callable[[], Counter[str]]) -> None:
        """Work until nothing is due. What failed is due later, for the reconciler."""
        with tqdm(desc=f"{store.slug}: {name}", disable=not self.shows_progress) as bar:
            while done := work():
                bar.update(done.total())

    def _report(self, store: Store, summary: product_sync.ProductSyncSummary) -> None:
        self.stdout.write(
            f"{store.slug}: {summary.added} products added, {summary.changed} changed,"
            f" {summary.unchanged} unchanged; {summary.variants_added} variants added,"
            f" {summary.variants_changed} changed, {summary.deactivated} deactivated,"
            f" {summary.reactivated} back on sale."
        )
        if summary.held:
            self.stdout.write(
                f"  Still on sale, although NEXT Commerce listed too little: {', '.join(summary.held)}."
                " Hide or keep them on the store's page in the admin."
            )
        for name, reason in summary.skipped:
            self.stdout.write(f"  {name}: {reason}")

    def _report_rest(self, store: Store) -> None:
        """Say what the reconciler still has to do, and what staff have to decide."""
        progress = load_import_progress(store)
        for name, part in (("descriptions", progress.texts), ("pictures", progress.pictures)):
            if not part.is_done:
                self.stdout.write(
                    f"  {_count_left(part)} {name} are still to come. The reconciler loads them."
                )
        if count := progress.waiting.count():
            self.stdout.write(
                f"  Hidden, because pictures couldn't be downloaded: {count} products."
                " Show them on the import page in the admin."
            )
        if progress.differing:
            self.stdout.write(
                f"  Changed both here and in NEXT Commerce: {progress.differing} products."
                " Choose on their pages in the admin."
            )


def _count_left(part: ImportPart) -> int:
    return part.total - part.done - part.failed
