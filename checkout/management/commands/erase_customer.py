"""`manage.py erase_customer cus_…`: empties everything personal of one customer, for good."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from checkout.privacy import erase_customer, find_customer
from stores.errors import Problem


class Command(BaseCommand):
    help = "Erases the personal data of one customer. Orders keep their numbers and amounts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", help="The customer's id or e-mail address.")
        parser.add_argument(
            "--store", default="", help="The store's short name, if several know the address."
        )
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            customer = find_customer(reference=options["customer"], store_slug=options["store"])
            if not options["yes"] and not _confirm_erasure(customer.pk):
                raise CommandError("Nothing was erased.")
            orders = erase_customer(customer=customer, actor="the command line")
        except Problem as problem:
            raise CommandError(problem.message) from problem
        self.stdout.write(f"{customer.pk} is erased; {orders} orders keep their numbers and amounts.")
        self.stdout.write("The NEXT Commerce store keeps data of its own: erase it there too.")


def _confirm_erasure(name: str) -> bool:
    try:
        return input(f"Erase {name} for good? Type yes: ") == "yes"
    except EOFError:  # nobody is there to type
        return False
