"""Adding up the figures of days that are over, in the background. Any number of reconcilers may do it.

A day is added up again whenever its rows changed (`triggers`), and all days are if the store's time zone did.
"""

import datetime
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from orders.models import FigureChange, Order, StoreFigures, SummedDay
from orders.reports.breakdowns import DISCOUNTS, PRODUCTS
from orders.reports.figures import SUM, Days, FigureKind, add_up
from orders.reports.links import LINKS
from orders.reports.periods import FIRST_DATE, Period
from orders.reports.sales import SALES
from stores.models import Store

logger = logging.getLogger(__name__)

KINDS = (SALES, PRODUCTS, DISCOUNTS, LINKS)
# A busy day takes a twentieth of a second, and the reconciler has payments to settle.
MAX_DAYS_AT_ONCE = 10
INTERVAL = datetime.timedelta(minutes=1)
ONE_DAY = datetime.timedelta(days=1)


def schedule_figures() -> None:
    """Begin with the days of stores that have their first orders."""
    orders = Order.objects.filter(store=OuterRef("pk"))
    StoreFigures.objects.bulk_create(
        (
            StoreFigures(store=store, due_at=timezone.now() + INTERVAL)
            for store in Store.objects.filter(Exists(orders), figures=None)
        ),
        ignore_conflicts=True,
    )


def sum_due_days(figures: StoreFigures) -> str:
    """Add up the days of the store that need it, the last ones first. Return the outcome."""
    days = list_days_to_sum(figures)
    for date in days[:MAX_DAYS_AT_ONCE]:
        try:
            sum_day(figures, date)
        except Exception:
            # It stays a day that is counted from its rows, and keeps no other from being added up.
            logger.exception("%s of store %s couldn't be added up", date, figures.store_id)
    is_done = len(days) <= MAX_DAYS_AT_ONCE
    due_at = timezone.now() + INTERVAL if is_done else timezone.now()
    StoreFigures.objects.filter(pk=figures.pk).update(due_at=due_at)
    return "days added up" if days else "nothing new"


def list_days_to_sum(figures: StoreFigures) -> list[datetime.date]:
    """Return the days that are over and not added up, or changed since, the last ones first."""
    store = figures.store
    today = Period(store, FIRST_DATE, FIRST_DATE).today
    past = Period(store, FIRST_DATE, today - ONE_DAY)
    days = past.list_changed_days()
    first = (
        Order.objects.filter(store=store).order_by("created_at").values_list("created_at", flat=True).first()
    )
    if first is not None:
        begin = max(first.astimezone(past.zone).date(), FIRST_DATE)
        known = SummedDay.objects.filter(store=store, date__gte=begin, date__lt=today)
        if figures.time_zone != store.time_zone:
            known = known.none()
        if known.count() < (today - begin).days:
            wanted = {begin + ONE_DAY * number for number in range((today - begin).days)}
            days |= wanted.difference(known.values_list("date", flat=True))
    return sorted(days, reverse=True)


def sum_day(figures: StoreFigures, date: datetime.date) -> None:
    """Add up one day of a store, if it is over."""
    with _lock(figures) as store:
        day = Period(store, date, date)
        if date >= day.today:
            return
        # Before the rows are read: a change that isn't deleted here is noticed afterwards.
        FigureChange.objects.filter(day.covers("at"), store=store).delete()
        for kind in KINDS:
            kind.model._default_manager.filter(store=store, date=date).delete()
            kind.model._default_manager.bulk_create(
                kind.model(
                    store=store, date=date, **dict(zip(_told_apart_by(kind), key, strict=True)), **sums
                )
                for key, sums in _count_day(kind, day).items()
            )
        SummedDay.objects.get_or_create(store=store, date=date)


def find_wrong_days(figures: StoreFigures) -> Iterator[datetime.date]:
    """Yield the days whose sums differ from their rows, though no change was noted. There should be none."""
    for date in (
        SummedDay.objects.filter(store=figures.store_id).order_by("date").values_list("date", flat=True)
    ):
        if _is_wrong(figures, date):
            yield date


def forget_day(figures: StoreFigures, date: datetime.date) -> None:
    """Let a day be counted anew."""
    SummedDay.objects.filter(store=figures.store_id, date=date).delete()
    StoreFigures.objects.filter(pk=figures.pk).update(due_at=timezone.now())


def _is_wrong(figures: StoreFigures, date: datetime.date) -> bool:
    with _lock(figures) as store:
        if not SummedDay.objects.filter(store=store, date=date).exists():
            return False
        day = Period(store, date, date)
        differs = any(_count_day(kind, day) != _read_day(kind, day) for kind in KINDS)
        # Asked last: rows may have changed while they were counted.
        return differs and not day.list_changed_days()


def _told_apart_by(kind: FigureKind) -> tuple[str, ...]:
    return ("is_test", *kind.keys)


def _count_day(kind: FigureKind, day: Period) -> dict[tuple[object, ...], dict[str, object]]:
    rows = chain.from_iterable(kind.count(Days(day.store, (day,))))
    return add_up(kind, rows, _told_apart_by(kind))


def _read_day(kind: FigureKind, day: Period) -> dict[tuple[object, ...], dict[str, object]]:
    rows: Any = kind.model._default_manager.filter(store=day.store, date=day.first).values()
    sums = [row | {f"{SUM}{name}": row[name] for name in kind.zeros} for row in rows]
    return add_up(kind, sums, _told_apart_by(kind))


@contextmanager
def _lock(figures: StoreFigures) -> Iterator[Store]:
    """Hold the lock of the store's sums, and yield the store as it is now. Forget days of another zone."""
    with transaction.atomic():
        locked = StoreFigures.objects.select_for_update().get(pk=figures.pk)
        store = Store.objects.get(pk=locked.store_id)
        if locked.time_zone != store.time_zone:
            SummedDay.objects.filter(store=store).delete()
            locked.time_zone = store.time_zone
            locked.save(update_fields=["time_zone"])
        yield store
