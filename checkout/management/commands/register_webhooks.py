"""`manage.py register_webhooks`: create or mend the store's webhook."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checkout.webhook_registration import register_webhook
from nextcommerce.errors import NextApiError
from stores.command_options import get_stores_by_slug


class Command(BaseCommand):
    help = "Makes sure that each store sends its events to this shop, signed; says what it found and did."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", help="the short name of one store; all stores without it")

    def handle(self, *args: Any, **options: Any) -> None:
        stores = get_stores_by_slug([options["store"]] if options["store"] else [])
        failed = []
        for store in stores:
            try:
                self.stdout.write(f"{store.name}: {register_webhook(store=store)}")
            except NextApiError as error:
                failed.append(f"{store.name}: {error.message}")
        if failed:
            raise CommandError("\n".join(failed))
