"""`manage.py export_orders FILE`: export orders as CSV or as a workbook, like the admin's export."""

import datetime
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from orders.csv_export import iter_order_rows, list_order_columns
from orders.models import Order
from stores.command_options import get_stores_by_slug
from stores.table_export import generate_csv, write_table


def parse_date(text: str) -> datetime.datetime:
    """Return the start of the day in UTC. Raises ArgumentTypeError unless the text is an ISO date."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-01-31") from None
    return datetime.datetime.combine(day, datetime.time.min, tzinfo=datetime.UTC)


class Command(BaseCommand):
    help = "Export orders as CSV, or as a workbook if the file is named .xlsx. Shows a progress bar."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="output file; - for standard output")
        parser.add_argument("--store", help="export only this store, by its short name")
        parser.add_argument("--status", choices=Order.Status.values, help="export only orders in this status")
        parser.add_argument(
            "--since",
            type=parse_date,
            help="export only orders placed since this day (UTC), e.g. 2026-01-31",
        )

        parser.add_argument("--by-item", action="store_true", help="write a row for each item of an order")

    def handle(self, *args: Any, **options: Any) -> None:
        orders = Order.objects.order_by("created_at", "pk")
        if options["store"]:
            orders = orders.filter(store__in=get_stores_by_slug([options["store"]]))
        if options["status"]:
            orders = orders.filter(status=options["status"])
        if options["since"]:
            orders = orders.filter(created_at__gte=options["since"])
        by_item = options["by_item"]
        # disable=None: show the bar only if stderr is a terminal.
        total = None if by_item else orders.count()
        rows = tqdm(iter_order_rows(orders, by_item=by_item), total=total, unit=" rows", disable=None)
        columns = list_order_columns(by_item=by_item)
        if options["file"] == "-":
            sys.stdout.writelines(generate_csv(columns, rows))
            return
        try:
            write_table(Path(options["file"]), columns, rows)
        except OSError as error:
            raise CommandError(f"Cannot write {options['file']}: {error.strerror}.") from error
        self.stderr.write(f"Exported orders to {options['file']}.")
