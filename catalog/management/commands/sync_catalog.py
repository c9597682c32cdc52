"""`manage.py sync_catalog`: the store's products, variants, prices and stock into the catalogue."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog import product_sync
from nextcommerce.errors import AdminApiError
from stores.command_options import stores_named
from stores.models import Store


class Command(BaseCommand):
    help = "Brings products, variants, prices and stock of the NEXT store into the catalogue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("stores", nargs="*", help="short names of the stores; none: all of them")
        parser.add_argument("--restart", action="store_true", help="forget how far the last reading came")

    def handle(self, *args: Any, **options: Any) -> None:
        failed = [
            store.slug
            for store in stores_named(options["stores"])
            if not self._sync(store, restart=options["restart"], verbosity=options["verbosity"])
        ]
        if failed:
            raise CommandError(f"Not finished: {', '.join(failed)}. Run it again to go on from there.")

    def _sync(self, store: Store, *, restart: bool, verbosity: int) -> bool:
        watched = sys.stderr.isatty() and verbosity > 0
        with tqdm(desc=store.slug, unit=" products", disable=not watched) as bar:
            try:
                summary = product_sync.run(store=store, restart=restart, on_page=bar.update)
            except AdminApiError as error:
                self.stderr.write(f"{store.slug}: {error.message}")
                return False
        if verbosity > 0:
            self._report(store, summary)
        return True

    def _report(self, store: Store, summary: product_sync.Summary) -> None:
        self.stdout.write(
            f"{store.slug}: {summary.added} products added, {summary.changed} changed,"
            f" {summary.unchanged} as they were; {summary.variants_added} variants added,"
            f" {summary.variants_changed} changed, {summary.switched_off} switched off."
        )
        for name, reason in summary.left_alone:
            self.stdout.write(f"  {name}: {reason}")
