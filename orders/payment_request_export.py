"""Payment requests as a table for spreadsheets."""

import zoneinfo
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from orders.models import PaymentRequest
from orders.payment_request_state import get_request_state

REQUEST_COLUMNS = (
    *("id", "title", "reference", "name", "email", "amount", "currency", "status"),
    *("created_at", "created_by", "expires_at", "paid_at", "canceled_at", "time_zone", "order", "url"),
)
CHUNK_SIZE = 2_000


def iter_request_rows(requests: QuerySet[PaymentRequest]) -> Iterator[list[Any]]:
    """Yield the cells of each annotated request. Times are in the store's time zone."""
    for request in requests.select_related("store", "link", "order").iterator(chunk_size=CHUNK_SIZE):
        store = request.store
        request.link.store = store
        zone = zoneinfo.ZoneInfo(store.time_zone)
        created, expires, paid, canceled = (
            moment.astimezone(zone) if moment else None
            for moment in (request.created_at, request.expires_at, request.paid_at, request.canceled_at)
        )
        yield [
            *(request.pk, request.title, request.reference, request.name, request.email),
            *(request.amount, request.currency, get_request_state(request).value),
            *(created, request.created_by, expires, paid, canceled, store.time_zone),
            request.order.number if request.order else "",
            request.link.url,
        ]
