"""`manage.py check_reports`: compare the sums that reports read with the rows they are sums of."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.models import StoreFigures
from orders.reports.summing import find_wrong_days, forget_day
from stores.command_options import get_stores_by_slug


class Command(BaseCommand):
    help = (
        "Compare the sums of past days that the home page and the reports read with the orders. A day that "
        "differs is counted anew. Takes a few seconds for each 100,000 orders."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", help="check only this store, by its short name")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = StoreFigures.objects.select_related("store").order_by("store__slug")
        if options["store"]:
            rows = rows.filter(store__in=get_stores_by_slug([options["store"]]))
        wrong = 0
        for figures in rows:
            for date in find_wrong_days(figures):
                wrong += 1
                forget_day(figures, date)
                self.stderr.write(f"{figures.store.slug}, {date}: the sums differ from the orders.")
        if wrong:
            raise CommandError(f"{wrong} days had wrong sums. They are counted anew from now on.")
        self.stdout.write("The sums of all days agree with the orders.")
