"""`manage.py check_reports`: compare the sums that home and reports read with the rows they are sums of."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.models import StoreFigures
from orders.reports.summing import find_wrong_days, forget_day
from stores.command_options import get_stores_by_slug
from stores.models import Store
from subscriptions.monthly_amounts import correct_monthly_amount, find_wrong_amounts


class Command(BaseCommand):
    help = (
        "Compare the sums of past days that the home page and the reports read with the orders, and the "
        "monthly amount of each subscription with its items. A day that differs is counted anew, an amount "
        "is corrected. Takes a few seconds for each 100,000 orders."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", help="check only this store, by its short name")

    def handle(self, *args: Any, **options: Any) -> None:
        stores = get_stores_by_slug([options["store"]] if options["store"] else [])
        days, amounts = self._check_days(stores), self._check_monthly_amounts(stores)
        if days or amounts:
            raise CommandError(
                f"{days} days had wrong sums, and are counted anew from now on. "
                f"{amounts} subscriptions had a wrong monthly amount, and have the right one now."
            )
        self.stdout.write("The sums of all days and the monthly amounts of all subscriptions are right.")

    def _check_days(self, stores: Sequence[Store]) -> int:
        wrong = 0
        rows = StoreFigures.objects.filter(store__in=stores).select_related("store")
        for figures in rows.order_by("store__slug"):
            for date in find_wrong_days(figures):
                wrong += 1
                forget_day(figures, date)
                self.stderr.write(f"{figures.store.slug}, {date}: the sums differ from the orders.")
        return wrong

    def _check_monthly_amounts(self, stores: Sequence[Store]) -> int:
        wrong = 0
        for store in stores:
            for pk in list(find_wrong_amounts(store)):
                if correct_monthly_amount(pk):
                    wrong += 1
                    self.stderr.write(f"{store.slug}, {pk}: the monthly amount differs from the items.")
        return wrong
