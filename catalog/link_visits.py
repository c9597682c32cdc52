"""Payment link visits, reported by the page's script and counted per link and day in the store's time zone.

Counts stay in memory and are saved every few seconds, so that a popular link does not become a contended
row. A killed process loses a few seconds of visits, which is acceptable for statistics.
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
# At this many links the counts are saved right away, so that made-up IDs cannot fill the memory.
MAX_LINKS_IN_MEMORY = 500

VisitKey = tuple[int, str, datetime.date]  # store, link, day


class VisitCounter:
    """In-memory counts, saved by a timer, when full, and when the process exits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[VisitKey] = Counter()
        self._timer: threading.Timer | None = None

    def add(self, key: VisitKey) -> None:
        """Count one visit and start the timer unless it is running."""
        with self._lock:
            self._counts[key] += 1
            is_due = not settings.VISIT_FLUSH_SECONDS or len(self._counts) >= MAX_LINKS_IN_MEMORY
            if self._timer is None and not is_due:
                self._timer = threading.Timer(settings.VISIT_FLUSH_SECONDS, self._save_from_timer)
                self._timer.daemon = True
                self._timer.start()
        if is_due:
            self.save()

    def save(self) -> None:
        """Save the counts. A database error is logged, not raised."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        if counts:
            try:
                save_visit_counts(counts)
            except DatabaseError:
                logger.exception("Could not save %d payment link visits", counts.total())

    def _save_from_timer(self) -> None:
        try:
            self.save()
        finally:
            connections.close_all()  # opened by the timer's thread


visit_counter = VisitCounter()
atexit.register(visit_counter.save)


def record_link_visit_count(*, store: Store, link_id: str) -> None:
    """Count a visit for today. IDs that are not links of the store are dropped on saving."""
    if LINK_ID_PATTERN.fullmatch(link_id):
        today = timezone.now().astimezone(ZoneInfo(store.time_zone)).date()
        visit_counter.add((store.pk, link_id, today))


@transaction.atomic
def save_visit_counts(counts: Counter[VisitKey]) -> None:
    """Add the counts to their daily rows, sorted, so that processes cannot deadlock."""
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
