"""`manage.py import_catalog`: a CSV file into the catalog of a store."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog.csv_import import CHANGED, NEW, REFUSED, SAME, ProductImportResult, import_catalog_csv
from stores.command_options import get_stores_by_slug
from stores.errors import Problem
from stores.models import Store


class Command(BaseCommand):
    help = "Brings products and variants from a CSV file, as export_catalog writes it, into a store."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("store", help="short name of the store")
        parser.add_argument(
            "file", type=Path, help="the CSV file; export_catalog of an empty store writes its columns"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        (store,) = get_stores_by_slug([options["store"]])
        results = self._import(store, options["file"], options["dry_run"], options["verbosity"])
        if options["verbosity"] > 0:
            self._report(results, dry_run=options["dry_run"])
        if any(result.kind == REFUSED for result in results):
            raise CommandError("Some products were refused; the others are as said above.")

    def _import(self, store: Store, path: Path, dry_run: bool, verbosity: int) -> list[ProductImportResult]:
        watched = sys.stderr.isatty() and verbosity > 0
        try:
            with path.open(encoding="utf-8", newline="") as file:
                total = max(sum(1 for _line in file) - 1, 0)
                file.seek(0)
                with tqdm(total=total, unit=" rows", disable=not watched) as bar:
                    return import_catalog_csv(store=store, file=file, dry_run=dry_run, on_product=bar.update)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
        except Problem as problem:
            raise CommandError(problem.message) from problem

    def _report(self, results: list[ProductImportResult], *, dry_run: bool) -> None:
        for result in results:
            for change in result.changes:
                self.stdout.write(f"{result.slug} ({result.kind}): {change}")
            for row, reason in result.refused:
                self.stdout.write(f"{result.slug} (refused), row {row}: {reason}")
        counts = {
            kind: sum(result.kind == kind for result in results) for kind in (NEW, CHANGED, SAME, REFUSED)
        }
        start = "Would be" if dry_run else "Products"
        self.stdout.write(f"{start}: " + ", ".join(f"{count} {kind}" for kind, count in counts.items()))
