"""`manage.py register_webhooks`: create or mend the store's webhook."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checkout.registration import register
from stores.admin_api import AdminApiError
from stores.models import Store


class Command(BaseCommand):
    help = "Makes sure that each store sends its events to this shop, signed; says what it found and did."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", help="the short name of one store; all stores without it")

    def handle(self, *args: Any, **options: Any) -> None:
        stores = Store.objects.all()
        if options["store"]:
            stores = stores.filter(slug=options["store"])
        if not stores:
            raise CommandError(
                "There is no such store. `manage.py shell` or the admin lists their short names."
            )
        failed = []
        for store in stores:
            try:
                self.stdout.write(f"{store.name}: {register(store=store)}")
            except AdminApiError as error:
                failed.append(f"{store.name}: {error.message}")
        if failed:
            raise CommandError("\n".join(failed))
