"""`manage.py export_orders FILE`: export orders as CSV, like the admin's export."""

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
    """Return the start of the day in UTC. Raises ArgumentTypeError unless the text is an ISO date."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-01-31") from None
    return datetime.datetime.combine(day, datetime.time.min, tzinfo=datetime.UTC)


class Command(BaseCommand):
    help = "Export orders as CSV. Shows a progress bar in a terminal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="output file; - for standard output")
        parser.add_argument("--store", help="export only this store, by its short name")
        parser.add_argument("--status", choices=Order.Status.values, help="export only orders in this status")
        parser.add_argument(
            "--since",
            type=parse_date,
            help="export only orders placed since this day (UTC), e.g. 2026-01-31",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        orders = Order.objects.order_by("created_at", "pk")
        if options["store"]:
            orders = orders.filter(store__in=get_stores_by_slug([options["store"]]))
        if options["status"]:
            orders = orders.filter(status=options["status"])
        if options["since"]:
            orders = orders.filter(created_at__gte=options["since"])
        # The header is a row too. disable=None: show the bar only if stderr is a terminal.
        rows = tqdm(generate_orders_csv(orders), total=orders.count() + 1, unit=" orders", disable=None)
        if options["file"] == "-":
            sys.stdout.writelines(rows)
            return
        try:
            with Path(options["file"]).open("w", newline="", encoding="utf-8") as file:
                file.writelines(rows)
        except OSError as error:
            raise CommandError(f"Cannot write {options['file']}: {error.strerror}.") from error
        self.stderr.write(f"Exported orders to {options['file']}.")
