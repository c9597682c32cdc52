"""`manage.py erase_customer cus_…`: erase one customer's personal data permanently."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from checkout.privacy import erase_customer, find_customer
from stores.errors import Problem


class Command(BaseCommand):
    help = "Erase one customer's personal data permanently. Orders keep their numbers and amounts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", help="the customer's ID or email")
        parser.add_argument(
            "--store",
            default="",
            help="the store's short name, if several stores have a customer with this email",
        )
        parser.add_argument(
            "--even-if-unsent",
            action="store_true",
            help="erase the address of paid orders that haven't shipped, too",
        )
        parser.add_argument("--yes", action="store_true", help="erase without confirmation")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            customer = find_customer(reference=options["customer"], store_slug=options["store"])
            if not options["yes"] and not _confirm_erasure(customer.pk):
                raise CommandError("Nothing was erased.")
            orders = erase_customer(
                customer=customer,
                actor="the command line",
                even_if_unsent=options["even_if_unsent"],
            )
        except Problem as problem:
            raise CommandError(problem.message) from problem
        self.stdout.write(f"Erased {customer.pk}. Orders that keep their numbers and amounts: {orders}.")
        self.stdout.write("NEXT Commerce keeps its own data. Erase it there too.")


def _confirm_erasure(customer_id: str) -> bool:
    try:
        return input(f"Permanently erase the personal data of {customer_id}? Type yes to confirm: ") == "yes"
    except EOFError:  # no terminal to answer in
        return False
