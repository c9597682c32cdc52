"""Writes orders to a CSV file, as the admin's export does."""

import datetime
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from orders.csv_export import generate_orders_csv
from orders.models import Order
from stores.command_options import get_stores_by_slug


def parse_date(text: str) -> datetime.datetime:
    """Return the first moment of a day in UTC. Raises ArgumentTypeError for anything but an ISO date."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-01-31") from None
    return datetime.datetime.combine(day, datetime.time.min, tzinfo=datetime.UTC)


class Command(BaseCommand):
    help = "Export orders as CSV, with a progress bar where somebody watches."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="where to; - is the standard output")
        parser.add_argument("--store", help="the short name of one store")
        parser.add_argument("--status", choices=Order.Status.values)
        parser.add_argument(
            "--since", type=parse_date, help="made on this day (UTC) or later, e.g. 2026-01-31"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        orders = Order.objects.order_by("created_at", "pk")
        if options["store"]:
            orders = orders.filter(store__in=get_stores_by_slug([options["store"]]))
        if options["status"]:
            orders = orders.filter(status=options["status"])
        if options["since"]:
            orders = orders.filter(created_at__gte=options["since"])
        # The heading is a row too. None: shown only where the errors go to a screen.
        rows = tqdm(generate_orders_csv(orders), total=orders.count() + 1, unit=" orders", disable=None)
        if options["file"] == "-":
            sys.stdout.writelines(rows)
            return
        try:
            with Path(options["file"]).open("w", newline="", encoding="utf-8") as file:
                file.writelines(rows)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be written: {error.strerror}.") from error
        self.stderr.write(f"Written to {options['file']}.")
