"""The period that a report is about: days of a store, in its time zone, by day, week, or month."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from orders.models import FigureChange, Order, SummedDay
from stores.models import Store

DEFAULT_DAYS = 30
PRESET_DAYS = (1, 7, 30, 90, 365)
# A longer one would have too many rows and bars.
MAX_DAYS = 5 * 366
FIRST_DATE = datetime.date(2000, 1, 1)
# From these numbers of days on, a chart by day or by week has too many bars.
WEEKS_FROM_DAYS, MONTHS_FROM_DAYS = 62, 190


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, both included. A live store's test orders are apart."""

    store: Store
    first: datetime.date
    last: datetime.date
    unit: Unit = Unit.DAY
    is_test: bool = False

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.store.time_zone)

    @property
    def starts_at(self) -> datetime.datetime:
        return datetime.datetime.combine(self.first, datetime.time.min, tzinfo=self.zone)

    @property
    def ends_at(self) -> datetime.datetime:
        """The moment after the last day."""
        day_after = self.last + datetime.timedelta(days=1)
        return datetime.datetime.combine(day_after, datetime.time.min, tzinfo=self.zone)

    @property
    def before(self) -> "Period":
        """The period of the same number of days before this one."""
        length = datetime.timedelta(days=self.days)
        return replace(self, first=self.first - length, last=self.last - length)

    @property
    def with_before(self) -> "Period":
        """This period and the one before it, as one."""
        return replace(self, first=self.before.first)

    @cached_property
    def summed_days(self) -> set[datetime.date]:
        """The days of this period and the one before whose figures are added up, and true. Read once."""
        both = self.with_before
        rows = SummedDay.objects.filter(
            both.covers_date("date"),
            date__lt=self.today,
            store=self.store,
            store__figures__time_zone=self.store.time_zone,
        )
        days = set(rows.values_list("date", flat=True))
        return days - both.list_changed_days() if days else days

    def list_changed_days(self) -> set[datetime.date]:
        """Return the past days whose figures changed since they were added up."""
        start_of_today = datetime.datetime.combine(self.today, datetime.time.min, tzinfo=self.zone)
        changes = FigureChange.objects.filter(self.covers("at"), store=self.store, at__lt=start_of_today)
        days = changes.order_by().values_list(TruncDate("at", tzinfo=self.zone), flat=True)
        return set(days.distinct())

    @property
    def today(self) -> datetime.date:
        return timezone.now().astimezone(self.zone).date()

    def covers(self, field: str) -> Q:
        """Return a condition that a time is in the period."""
        return Q(**{f"{field}__gte": self.starts_at, f"{field}__lt": self.ends_at})

    def covers_date(self, field: str) -> Q:
        """Return a condition that a date is in the period."""
        return Q(**{f"{field}__gte": self.first, f"{field}__lte": self.last})

    def is_of_mode(self, order: str = "") -> Q:
        """Return a condition that an order is a live store's test order, or isn't. Test stores show all.

        Of rows that belong to an order, `order` leads to it. Test orders are few, so they are looked up
        first: joining the order of each row would take longer than all else.
        """
        if not self.store.is_live:
            return Q()
        if not order:
            return Q(is_test=self.is_test)
        of_tests = Q(**{f"{order}__in": Order.objects.filter(store=self.store, is_test=True).order_by()})
        return of_tests if self.is_test else ~of_tests

    def find_bucket(self, date: datetime.date) -> datetime.date:
        """Return the first day of the day, week, or month of a date, not before the period begins."""
        if self.unit == Unit.WEEK:
            date -= datetime.timedelta(days=date.weekday())
        elif self.unit == Unit.MONTH:
            date = date.replace(day=1)
        return max(date, self.first)

    @property
    def buckets(self) -> list[datetime.date]:
        """The first days of the period's days, weeks, or months."""
        dates = (self.first + datetime.timedelta(days=number) for number in range(self.days))
        return list(dict.fromkeys(map(self.find_bucket, dates)))


def choose_unit(days: int) -> Unit:
    """Return the unit that fits a period of this many days."""
    if days >= MONTHS_FROM_DAYS:
        return Unit.MONTH
    return Unit.WEEK if days >= WEEKS_FROM_DAYS else Unit.DAY


def read_period(store: Store, query: Mapping[str, str]) -> Period:
    """Return the period that a query asks for: `days`, or `from` and `to`; `unit`; and `mode`.

    What is missing or makes no date is left to the default, the last 30 days.
    """
    today = timezone.now().astimezone(ZoneInfo(store.time_zone)).date()
    first, last = _read_date(query.get("from", ""), today), _read_date(query.get("to", ""), today)
    if first is None or last is None:
        days = query.get("days", "")
        is_preset = days.isascii() and days.isdecimal() and int(days[:6]) in PRESET_DAYS
        length = int(days) if is_preset else DEFAULT_DAYS
        first, last = today - datetime.timedelta(days=length - 1), today
    first, last = min(first, last), max(first, last)
    first = max(first, last - datetime.timedelta(days=MAX_DAYS - 1))
    unit = query.get("unit", "")
    return Period(
        store,
        first,
        last,
        Unit(unit) if unit in set(Unit) else choose_unit((last - first).days + 1),
        store.is_live and query.get("mode") == "test",
    )


def _read_date(text: str, today: datetime.date) -> datetime.date | None:
    """Return the date, not before 2000 and not after today, or None."""
    try:
        return min(max(datetime.date.fromisoformat(text), FIRST_DATE), today)
    except ValueError:
        return None
