"""Numbers such as `ORD-2026-00001`, in a series each: per store and year, no gaps (R185, R186, X15)."""

import secrets
import string
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from orders.models import OrderNumber
from stores.models import Store

# One statement instead of the ORM's three.
_NEXT_NUMBER_SQL = """
    INSERT INTO orders_ordernumber AS counted (store_id, series, year, last) VALUES (%s, %s, %s, 1)
    ON CONFLICT (store_id, series, year) DO UPDATE SET last = counted.last + 1
    RETURNING last
"""


def allocate_order_number(*, store: Store) -> str:
    """Allocate the store's next order number in the caller's transaction."""
    return _allocate_number(store, OrderNumber.Series.ORDER)


def allocate_invoice_number(*, store: Store) -> str:
    """Allocate the store's next invoice number in the caller's transaction, which marks an order as paid."""
    return _allocate_number(store, OrderNumber.Series.INVOICE)


def allocate_credit_note_number(*, store: Store) -> str:
    """Allocate the store's next credit note number in the caller's transaction."""
    return _allocate_number(store, OrderNumber.Series.CREDIT_NOTE)


def _allocate_number(store: Store, series: OrderNumber.Series) -> str:
    """Allocate the store's next number in the caller's transaction, for the year in the store's time zone.

    The counter stays locked until the transaction ends, so numbers are unique and have no gaps.
    """
    year = timezone.now().astimezone(ZoneInfo(store.time_zone)).year
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_NUMBER_SQL, [store.pk, series, year])
        (last,) = cursor.fetchone()
    return f"{series}-{year}-{last:05d}"


def generate_external_id() -> str:
    """Return `ext_` and ten random characters (R189)."""
    return "ext_" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(10))
