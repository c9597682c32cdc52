"""`manage.py export_catalog`: export a store's catalog as CSV."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog.csv_export import iter_catalog_csv
from catalog.models import Product
from stores.command_options import get_stores_by_slug


class Command(BaseCommand):
    help = "Exports a store's products and variants as CSV, one row per variant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("store", help="short name of the store")
        parser.add_argument("file", type=Path, nargs="?", help="output file (default: standard output)")

    def handle(self, *args: Any, **options: Any) -> None:
        (store,) = get_stores_by_slug([options["store"]])
        lines = iter_catalog_csv(Product.objects.filter(store=store))
        if options["file"] is None:
            for line in lines:
                self.stdout.write(line, ending="")
            return
        show_progress = sys.stderr.isatty() and options["verbosity"] > 0
        try:
            with options["file"].open("w", encoding="utf-8", newline="") as file:
                for line in tqdm(lines, unit=" rows", disable=not show_progress):
                    file.write(line)
        except OSError as error:
            raise CommandError(f"Cannot write {options['file']}: {error.strerror}.") from error
