"""`manage.py sync_catalog`: import products, variants, prices, and stock from NEXT Commerce."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog import product_sync
from nextcommerce.errors import NextApiError
from stores.command_options import get_stores_by_slug
from stores.models import Store


class Command(BaseCommand):
    help = "Imports products, variants, prices, and stock from NEXT Commerce into the catalog."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("stores", nargs="*", help="short names of the stores (default: all)")
        parser.add_argument(
            "--restart", action="store_true", help="start over instead of resuming an interrupted sync"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        failed = [
            store.slug
            for store in get_stores_by_slug(options["stores"])
            if not self._sync(store, restart=options["restart"], verbosity=options["verbosity"])
        ]
        if failed:
            raise CommandError(f"Sync not finished for {', '.join(failed)}. Run the command again to resume.")

    def _sync(self, store: Store, *, restart: bool, verbosity: int) -> bool:
        show_progress = sys.stderr.isatty() and verbosity > 0
        with tqdm(desc=store.slug, unit=" products", disable=not show_progress) as bar:
            try:
                summary = product_sync.sync_products(store=store, restart=restart, on_page=bar.update)
            except NextApiError as error:
                self.stderr.write(f"{store.slug}: {error.message}")
                return False
        if verbosity > 0:
            self._report(store, summary)
        return True

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
