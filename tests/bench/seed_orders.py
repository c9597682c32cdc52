"""Create many orders quickly: copies of one order and its rows, varied in SQL (PostgreSQL only)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone
from tqdm import tqdm

from orders.models import Order
from stores.models import Store
from tests.factories import make_order

CHUNK_SIZE = 20_000
ORDER_ID = "'ord_' || lpad(n::text, 30, '0')"
ADDRESS = {"name": "Ada Lovelace", "line1": "12 Main Street", "city": "Monsey", "country": "US"}
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u")]
# A million in a year, the first just now.
CREATED_AT = "%(start)s::timestamptz - n * interval '30 seconds'"
# A pseudorandom number for each order, the same on every run.
SPREAD = "mod(n * 2654435761, 4294967296)"


def random_word_sql(salt: int) -> str:
    """Return SQL for a word of three syllables, one of about 340,000."""
    size = len(SYLLABLES)
    parts = (
        f"(%(syllables)s::text[])[1 + mod({SPREAD} / {salt * size**power}, {size})]" for power in range(3)
    )
    return " || ".join(parts)


def seed_orders(*, store: Store, total: int) -> None:
    """Fill the store up to `total` orders of one item each, with a progress bar."""
    template = Order.objects.filter(store=store, number="ORD-2020-00000").first() or make_order(
        store, number="ORD-2020-00000", shipping_address=ADDRESS, billing_address=ADDRESS
    )
    existing = Order.objects.filter(store=store).count()
    searched = {
        "number": "'ORD-2025-' || lpad(n::text, greatest(5, length(n::text)), '0')",
        "name": f"initcap({random_word_sql(1)}) || ' ' || initcap({random_word_sql(7)})",
        "email": f"{random_word_sql(3)} || mod(n, 97) || '@example.com'",
    }
    order_sql = copy_row_sql(
        template,
        searched
        | {
            "id": ORDER_ID,
            "search_text": "lower(" + " || E'\\n' || ".join(searched.values()) + ")",
            "external_id": "'bench_' || n",
            "checkout_key": "'key-' || n",
            "status": "(ARRAY['Paid','Paid','Paid','Shipping','Shipping','Shipping','Pending','Canceled',"
            "'Refunded','Shipping'])[1 + mod(n, 10)]",
            "created_at": CREATED_AT,
            "paid_at": CREATED_AT,
            "payment_link_id": "'plink_' || mod(n, 50)",
            "tax_country": f"(ARRAY['US','US','DE','FR','GB'])[1 + mod({SPREAD}, 5)]",
            "tax_state": f"(ARRAY['NY','CA','','',''])[1 + mod({SPREAD}, 5)]",
        },
    )
    rows = [
        (copy_row_sql(row, changed | {"order_id": ORDER_ID}, leave_out="id", only=only), row.pk)
        for row, changed, only in list_order_rows(template)
    ]
    start = timezone.now()
    with (
        tqdm(total=total, initial=existing, unit="orders", desc="Seeding") as bar,
        connection.cursor() as cursor,
    ):
        # Building the search index once at the end takes a tenth of the time.
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'order_search'")
        (index,) = cursor.fetchone()
        cursor.execute("DROP INDEX order_search")
        with quick_writes(cursor):
            for first in range(existing, total, CHUNK_SIZE):
                last = min(first + CHUNK_SIZE, total) - 1
                values = {"syllables": SYLLABLES, "start": start, "first": first, "last": last}
                cursor.execute(order_sql, values | {"template": template.pk})
                for sql, row_id in rows:
                    cursor.execute(sql, values | {"template": row_id})
                bar.update(last - first + 1)
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(index)
        cursor.execute(
            "VACUUM ANALYZE orders_order, orders_orderitem, orders_orderaddress, orders_orderdiscount, "
            "orders_orderrefund"
        )


def list_order_rows(template: Order) -> list[tuple[Model, dict[str, str], str]]:
    """Return the rows to copy with each order, what is changed in them, and which orders have them."""
    item = template.items.get()
    discount = template.discounts.first() or template.discounts.create(code="SPRING", amount=0)
    refund = template.refunds.first() or template.refunds.create(amount=1)
    sold = {"name": "'Shirt ' || mod(n, 200)", "product_id": "'prod_' || mod(n, 200)"}
    return [
        (item, sold, "TRUE"),
        *((address, {}, "TRUE") for address in template.addresses.all()),
        (discount, {"code": "'CODE' || mod(n, 30)", "amount": "2"}, "mod(n, 10) = 1"),
        (refund, {"refunded_at": f"{CREATED_AT} + interval '2 days'"}, "mod(n, 20) = 3"),
    ]


@contextmanager
def quick_writes(cursor: Any) -> Iterator[None]:
    """Write without triggers and checks of foreign keys."""
    cursor.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        cursor.execute("RESET session_replication_role")


def copy_row_sql(template: Model, changed: dict[str, str], *, leave_out: str = "", only: str = "TRUE") -> str:
    """Return SQL that copies a row once for each `n`, with some columns `changed`."""
    meta = template._meta
    columns = [field.column for field in meta.concrete_fields if field.column != leave_out]
    values = [changed.get(column, f't."{column}"') for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    return (
        f"INSERT INTO {meta.db_table} ({names}) SELECT {', '.join(values)} FROM {meta.db_table} t, "
        f"generate_series(%(first)s::bigint, %(last)s::bigint) n WHERE t.id = %(template)s AND {only}"
    )
