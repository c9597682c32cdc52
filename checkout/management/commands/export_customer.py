"""`manage.py export_customer cus_… > file`: export one customer's data as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from checkout.privacy import export_customer, find_customer
from stores.errors import Problem


class Command(BaseCommand):
    help = "Print all data about one customer as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", help="the customer's ID or email")
        parser.add_argument(
            "--store",
            default="",
            help="the store's short name, if several stores have a customer with this email",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            customer = find_customer(reference=options["customer"], store_slug=options["store"])
        except Problem as problem:
            raise CommandError(problem.message) from problem
        data = export_customer(customer=customer, actor="the command line")
        self.stdout.write(json.dumps(data, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False))
