"""`manage.py refresh_shipping`: refresh the shipping methods of the stores from NEXT."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from checkout.shipping_methods import refresh_shipping_methods
from nextcommerce.errors import NextApiError
from stores.command_options import get_stores_by_slug


class Command(BaseCommand):
    help = "Refresh the shipping methods from NEXT Commerce. Run it regularly, e.g. from a timer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", help="short name of one store (default: all stores)")

    def handle(self, *args: Any, **options: Any) -> None:
        stores = get_stores_by_slug([options["store"]] if options["store"] else [])
        failed = 0
        for store in stores:
            try:
                self.stdout.write(f"{store.slug}: {refresh_shipping_methods(store=store)} shipping methods")
            except NextApiError as error:
                failed += 1
                self.stderr.write(f"{store.slug}: {error}")
        if failed:
            raise CommandError(f"{failed} of {len(stores)} stores couldn't be refreshed.")
