"""Visits of payment links, told by the page's script, counted by link and day in the store's time zone.

Kept in the process and written every few seconds, so that a busy link is no busy row. A process that is
killed loses the visits of those seconds: they are statistics, and nothing hangs on them.
"""

import atexit
import datetime
import logging
import re
import threading
from collections import Counter
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.db.models import F
from django.utils import timezone

from catalog.models import LinkVisitCount, PaymentLink
from stores.models import Store

logger = logging.getLogger(__name__)

LINK_ID_PATTERN = re.compile(r"plink_[0-9A-Za-z]{1,34}", re.ASCII)
# So many links in one process are written without waiting longer, so that made-up ids fill no memory.
MAX_LINKS_IN_MEMORY = 500

VisitKey = tuple[int, str, datetime.date]  # store, link, day


class VisitCounter:
    """Counts in memory; written by a timer, by whoever fills it, and at the end of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[VisitKey] = Counter()
        self._timer: threading.Timer | None = None

    def add(self, key: VisitKey) -> None:
        """Count one; begin to wait where nobody waits yet."""
        with self._lock:
            self._counts[key] += 1
            is_due = not settings.VISIT_FLUSH_SECONDS or len(self._counts) >= MAX_LINKS_IN_MEMORY
            if self._timer is None and not is_due:
                self._timer = threading.Timer(settings.VISIT_FLUSH_SECONDS, self._write_from_timer)
                self._timer.daemon = True
                self._timer.start()
        if is_due:
            self.write()

    def write(self) -> None:
        """Write down what was counted; nobody is told where that fails."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        if counts:
            try:
                save_visit_counts(counts)
            except DatabaseError:
                logger.exception("%d visits of payment links could not be written", counts.total())

    def _write_from_timer(self) -> None:
        try:
            self.write()
        finally:
            connections.close_all()  # those of the timer's thread


visit_counter = VisitCounter()
atexit.register(visit_counter.write)


def record_visit(*, store: Store, link_id: str) -> None:
    """Count a visit of today; what is no link of the store's is left out when it is written."""
    if LINK_ID_PATTERN.fullmatch(link_id):
        today = timezone.now().astimezone(ZoneInfo(store.time_zone)).date()
        visit_counter.add((store.pk, link_id, today))


@transaction.atomic
def save_visit_counts(counts: Counter[VisitKey]) -> None:
    """Add the counts to the days' rows, in one order for all processes, so that none blocks another."""
    links = {link_id for _store_id, link_id, _date in counts}
    owners = dict(PaymentLink.objects.filter(pk__in=links).values_list("pk", "store_id"))
    known = sorted(key for key in counts if owners.get(key[1]) == key[0])
    LinkVisitCount.objects.bulk_create(
        [LinkVisitCount(store_id=store_id, link_id=link_id, date=date) for store_id, link_id, date in known],
        ignore_conflicts=True,
    )
    for key in known:
        _store_id, link_id, date = key
        LinkVisitCount.objects.filter(link_id=link_id, date=date).update(count=F("count") + counts[key])
