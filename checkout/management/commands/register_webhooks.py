"""`manage.py register_webhooks`: create or fix the webhook of each store."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checkout.webhook_registration import register_webhook
from nextcommerce.errors import NextApiError
from stores.command_options import get_stores_by_slug


class Command(BaseCommand):
    help = "Make sure NEXT Commerce sends signed events to each store. Prints what changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", help="short name of one store (default: all stores)")

    def handle(self, *args: Any, **options: Any) -> None:
        stores = get_stores_by_slug([options["store"]] if options["store"] else [])
        failed = []
        for store in stores:
            try:
                self.stdout.write(f"{store.name}: {register_webhook(store=store)}")
            except NextApiError as error:
                failed.append(f"{store.name}: {error}")
        if failed:
            raise CommandError("\n".join(failed))
