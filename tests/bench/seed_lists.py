"""Fill the admin's lists quickly: copies of one row of each model, varied in SQL (PostgreSQL only)."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.utils import timezone

from catalog.models import LinkVariant, PaymentLink, Product, Variant
from checkout.models import PaymentIntent, UpsellAttempt, WebhookEvent
from orders.models import Customer, Notification, Order, OrderReview, OrderTag
from subscriptions.models import Invoice, Subscription, SubscriptionLine
from tests.bench.seed_orders import (
    CREATED_AT,
    ORDER_ID,
    SYLLABLES,
    copy_row_sql,
    quick_writes,
    random_word_sql,
)

WORD = random_word_sql(5)
NAME = f"initcap({random_word_sql(1)}) || ' ' || initcap({random_word_sql(7)})"


# Every hundredth and every thousandth product has one.
RARE_WORDS = (
    "CASE WHEN mod(n, 100) = 3 THEN ' oak' ELSE '' END || CASE WHEN mod(n, 1000) = 1 THEN ' elm' ELSE '' END"
)
# As long as a description is, and the word once more, with a space before it.
DESCRIPTION = "repeat(E'\\nwoven slowly worn for years', (1 + mod(n, 60))::int) || ' '"


def make_id(prefix: str) -> str:
    return f"'{prefix}_' || lpad(n::text, 30, '0')"


# What tells the copies of a model apart. The rows that others refer to come first.
COLUMNS: dict[type, dict[str, str]] = {
    Customer: {
        "id": make_id("cus"),
        "name": NAME,
        "email": f"{WORD} || n || '@example.com'",
        "search_text": f"lower({NAME}) || E'\\n' || {WORD} || n || '@example.com'",
        "created_at": CREATED_AT,
    },
    Product: {
        "id": make_id("prod"),
        "slug": "'shirt-' || n",
        "name": f"initcap({WORD}) || ' shirt ' || n",
        "search_text": (
            f"{WORD} || ' shirt ' || n || E'\\nshirt-' || n || {RARE_WORDS} || {DESCRIPTION} || {WORD}"
        ),
        "active": "mod(n, 10) > 0",
        "next_product_id": "100000 + n",
        "created_at": CREATED_AT,
    },
    Variant: {
        "id": make_id("var"),
        "product_id": make_id("prod"),
        "combination": "''",
        "next_variant_id": "100000 + n",
    },
    PaymentLink: {
        "id": make_id("plink"),
        "product_id": make_id("prod"),
        "default_variant_id": make_id("var"),
        "slug": "NULL",
        "name": f"{WORD} || ' link'",
        "search_text": f"' ' || {WORD} || ' link'",
        "active": "mod(n, 10) > 0",
        "created_at": CREATED_AT,
    },
    LinkVariant: {"link_id": make_id("plink"), "variant_id": make_id("var")},
    Notification: {"order_id": ORDER_ID, "created_at": CREATED_AT, "sent_at": CREATED_AT},
    OrderReview: {
        "id": make_id("rev"),
        "order_id": ORDER_ID,
        "payment_intent_id": "''",
        "opened_at": CREATED_AT,
        "resolved_at": "CASE WHEN mod(n, 100) > 0 THEN now() END",
    },
    PaymentIntent: {"id": make_id("pi"), "order_id": ORDER_ID, "created_at": CREATED_AT},
    WebhookEvent: {"event_id": "'event' || n", "received_at": CREATED_AT},
    Subscription: {
        "id": make_id("sub"),
        "order_id": ORDER_ID,
        "next_subscription_id": "100000 + n",
        "created_at": CREATED_AT,
        "status": "(ARRAY['active','active','active','past_due','canceled'])[1 + mod(n, 5)]",
        "canceled_at": f"CASE WHEN mod(n, 5) = 4 THEN {CREATED_AT} END",
        "monthly_amount": "9 + mod(n, 40)",
    },
    SubscriptionLine: {"subscription_id": make_id("sub")},
    Invoice: {
        "id": make_id("in"),
        "subscription_id": make_id("sub"),
        "order_id": ORDER_ID,
        "created_at": CREATED_AT,
        "status": "(ARRAY['paid','paid','paid','open','void'])[1 + mod(n, 5)]",
    },
    UpsellAttempt: {"id": make_id("upa"), "order_id": ORDER_ID, "created_at": CREATED_AT},
    LogEntry: {"action_time": CREATED_AT},
}
TAGGED = Order.tags.through


def copy_samples(samples: dict[type, Any], *, first: int, last: int) -> None:
    """Copy each sample once for each number."""
    values = {"syllables": SYLLABLES, "start": timezone.now(), "first": first, "last": last}
    with connection.cursor() as cursor, quick_writes(cursor):
        for model, changed in COLUMNS.items():
            if row := samples.get(model):
                leave_out = "" if "id" in changed else "id"
                sql = copy_row_sql(row, changed, leave_out=leave_out)
                cursor.execute(sql, values | {"template": row.pk})


def seed_lists(samples: dict[type, Any], *, total: int) -> None:
    """Copy each sample `total` times. The orders that the rows are of are there already."""
    copy_samples(samples, first=2, last=total)
    with connection.cursor() as cursor, quick_writes(cursor):
        tag = OrderTag.objects.create(store=samples[Product].store, name="gift")
        cursor.execute(
            f"INSERT INTO {TAGGED._meta.db_table} (order_id, ordertag_id) "
            f"SELECT {ORDER_ID}, {tag.pk} FROM generate_series(2, %s, 50) n",
            [total],
        )
        cursor.execute(
            "UPDATE orders_order SET customer_id = "
            "'cus_' || lpad((2 + mod(substr(external_id, 7)::bigint, %s))::text, 30, '0') "
            "WHERE starts_with(external_id, 'bench_')",
            [total - 2],
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
