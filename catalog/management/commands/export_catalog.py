"""`manage.py export_catalog`: export a store's catalog as CSV or as a workbook."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog.csv_columns import CSV_COLUMNS
from catalog.csv_export import generate_catalog_csv, iter_catalog_rows
from catalog.models import Product
from stores.command_options import get_stores_by_slug
from stores.table_export import write_table


class Command(BaseCommand):
    help = "Exports a store's variants, one a row, as CSV or, if the file is named .xlsx, as a workbook."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("store", help="short name of the store")
        parser.add_argument("file", type=Path, nargs="?", help="output file (default: standard output)")

    def handle(self, *args: Any, **options: Any) -> None:
        (store,) = get_stores_by_slug([options["store"]])
        products = Product.objects.filter(store=store)
        if options["file"] is None:
            for line in generate_catalog_csv(products):
                self.stdout.write(line, ending="")
            return
        show_progress = sys.stderr.isatty() and options["verbosity"] > 0
        try:
            rows = tqdm(iter_catalog_rows(products), unit=" rows", disable=not show_progress)
            write_table(options["file"], CSV_COLUMNS, rows)
        except OSError as error:
            raise CommandError(f"Cannot write {options['file']}: {error.strerror}.") from error
