"""`manage.py export_customer cus_… > file`: print everything stored about one customer as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from checkout.privacy import export_customer, find_customer
from stores.errors import Problem


class Command(BaseCommand):
    help = "Print everything stored about one customer as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", help="customer id or email address")
        parser.add_argument(
            "--store", default="", help="short name of the store, if several know the email address"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            customer = find_customer(reference=options["customer"], store_slug=options["store"])
        except Problem as problem:
            raise CommandError(problem.message) from problem
        data = export_customer(customer=customer, actor="the command line")
        self.stdout.write(json.dumps(data, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False))
