"""Writes orders to a CSV file, as the admin's export does."""

import datetime
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_date
from tqdm import tqdm

from orders.export import csv_rows
from orders.models import Order
from stores.models import Store


class Command(BaseCommand):
    help = "Export orders as CSV, with a progress bar where somebody watches."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="where to; - is the standard output")
        parser.add_argument("--store", help="the short name of one store")
        parser.add_argument("--status", choices=Order.Status.values)
        parser.add_argument("--since", help="made on this day (UTC) or later, e.g. 2026-01-31")

    def handle(self, *args: Any, **options: Any) -> None:
        orders = Order.objects.order_by("created_at", "pk")
        if options["store"]:
            store = Store.objects.filter(slug=options["store"]).first()
            if store is None:
                raise CommandError(f"There is no store with the short name {options['store']}.")
            orders = orders.filter(store=store)
        if options["status"]:
            orders = orders.filter(status=options["status"])
        if options["since"]:
            since = parse_date(options["since"])
            if since is None:
                raise CommandError("--since takes a day such as 2026-01-31.")
            midnight = datetime.datetime.combine(since, datetime.time.min, tzinfo=datetime.UTC)
            orders = orders.filter(created_at__gte=midnight)
        # The heading is a row too. None: shown only where the errors go to a screen.
        rows = tqdm(csv_rows(orders), total=orders.count() + 1, unit=" orders", disable=None)
        if options["file"] == "-":
            sys.stdout.writelines(rows)
            return
        with Path(options["file"]).open("w", newline="", encoding="utf-8") as file:
            file.writelines(rows)
        self.stderr.write(f"Written to {options['file']}.")
