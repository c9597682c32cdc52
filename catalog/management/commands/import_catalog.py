"""`manage.py import_catalog`: import a CSV or Excel file into a store's catalog."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog.csv_import import ImportKind, ProductImportResult, import_catalog_csv
from stores.command_options import get_stores_by_slug
from stores.errors import Problem
from stores.models import Store


class Command(BaseCommand):
    help = "Imports products and variants from a CSV or Excel file in the format of export_catalog."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("store", help="short name of the store")
        parser.add_argument(
            "file", type=Path, help="CSV or .xlsx file (run export_catalog to see its columns)"
        )
        parser.add_argument("--dry-run", action="store_true", help="show what would change without saving it")

    def handle(self, *args: Any, **options: Any) -> None:
        (store,) = get_stores_by_slug([options["store"]])
        results = self._import(store, options["file"], options["dry_run"], options["verbosity"])
        if options["verbosity"] > 0:
            self._report(results, dry_run=options["dry_run"])
        if any(result.kind == ImportKind.REFUSED for result in results):
            raise CommandError("Some products were refused. See the reasons above.")

    def _import(self, store: Store, path: Path, dry_run: bool, verbosity: int) -> list[ProductImportResult]:
        show_progress = sys.stderr.isatty() and verbosity > 0
        try:
            with tqdm(unit=" rows", disable=not show_progress) as bar:
                return import_catalog_csv(
                    store=store, content=path.read_bytes(), dry_run=dry_run, on_product=bar.update
                )
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error}") from error
        except Problem as problem:
            raise CommandError(problem.message) from problem

    def _report(self, results: list[ProductImportResult], *, dry_run: bool) -> None:
        for result in results:
            for change in result.changes:
                self.stdout.write(f"{result.slug} ({result.kind}): {change}")
            for row, reason in result.refused:
                self.stdout.write(f"{result.slug} (refused), row {row}: {reason}")
        counts = {kind: sum(result.kind == kind for result in results) for kind in ImportKind}
        start = "Dry run" if dry_run else "Products"
        self.stdout.write(f"{start}: " + ", ".join(f"{count} {kind}" for kind, count in counts.items()))
