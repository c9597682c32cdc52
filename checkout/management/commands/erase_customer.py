"""`manage.py erase_customer cus_…`: permanently erase one customer's personal data."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from checkout.privacy import erase_customer, find_customer
from stores.errors import Problem


class Command(BaseCommand):
    help = "Permanently erase one customer's personal data. Orders keep their numbers and amounts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", help="customer id or email address")
        parser.add_argument(
            "--store", default="", help="short name of the store, if several know the email address"
        )
        parser.add_argument("--yes", action="store_true", help="erase without asking for confirmation")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            customer = find_customer(reference=options["customer"], store_slug=options["store"])
            if not options["yes"] and not _confirm_erasure(customer.pk):
                raise CommandError("Nothing was erased.")
            orders = erase_customer(customer=customer, actor="the command line")
        except Problem as problem:
            raise CommandError(problem.message) from problem
        self.stdout.write(f"Erased {customer.pk}. {orders} orders keep their numbers and amounts.")
        self.stdout.write("NEXT Commerce has its own copy of the data. Erase it there too.")


def _confirm_erasure(customer_id: str) -> bool:
    try:
        return input(f"Permanently erase {customer_id}? Type yes: ") == "yes"
    except EOFError:  # no terminal to type into
        return False
