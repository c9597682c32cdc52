"""`manage.py export_catalog`: the catalog of a store as CSV."""

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
    help = "Writes a store's products and variants as CSV, a row for each variant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("store", help="short name of the store")
        parser.add_argument("file", type=Path, nargs="?", help="where to; none: the standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        (store,) = get_stores_by_slug([options["store"]])
        found = iter_catalog_csv(Product.objects.filter(store=store))
        if options["file"] is None:
            for line in found:
                self.stdout.write(line, ending="")
            return
        watched = sys.stderr.isatty() and options["verbosity"] > 0
        try:
            with options["file"].open("w", encoding="utf-8", newline="") as file:
                for line in tqdm(found, unit=" rows", disable=not watched):
                    file.write(line)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be written: {error.strerror}.") from error
