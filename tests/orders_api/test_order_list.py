"""`GET /v1/orders`: search, status, paging."""

import datetime

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from orders import search
from orders.customers import same_email
from orders.models import Customer, Order
from stores import paging
from tests.api_client import error_summary, success_data
from tests.factories import make_order


def numbers(answer):
    return [order["order_number"] for order in success_data(answer)["orders"]]


@pytest.fixture
def people(store):
    """Four orders, the newest last."""
    return [
        make_order(store, number=f"ORD-2026-0104{place}", name=name, email=email, status=status)
        for place, (name, email, status) in enumerate(
            [
                ("John Smith", "smith@example.com", "Pending"),
                ("Ann Lee", "john@example.com", "Paid"),
                ("Mia Johnson", "mia@example.com", "Paid"),
                ("Jürgen Müller", "jm@example.com", "Shipping"),
            ]
        )
    ]


def test_orders_come_newest_first_ten_at_a_time(api, store):
    """R165, R166, R181: without a query, as both official clients may send it (W5)."""
    made = [make_order(store).number for _ in range(12)]

    data = success_data(api.get("/v1/orders"))

    assert [order["order_number"] for order in data["orders"]] == made[:1:-1]
    assert (data["page"], data["page_size"], data["total"]) == (1, 10, 12)


def test_queries_of_the_official_clients_work(api, people):
    """R164, W5: `?search=&status=`, no page, and empty parameters."""
    assert len(numbers(api.get("/v1/orders?search=&status="))) == 4
    assert numbers(api.get("/v1/orders?search=john&status=Paid")) == ["ORD-2026-01042", "ORD-2026-01041"]


def test_search_finds_any_part_of_name_and_email_in_any_case(api, people):
    """R167: "john" matches John Smith, john@…, and Johnson."""
    assert numbers(api.get("/v1/orders?search=john")) == [
        "ORD-2026-01042",
        "ORD-2026-01041",
        "ORD-2026-01040",
    ]
    assert numbers(api.get("/v1/orders?search=JOHN"))[0] == "ORD-2026-01042"
    assert numbers(api.get("/v1/orders?search=EXAMPLE.com&page_size=1")) == ["ORD-2026-01043"]


def test_search_ignores_case_beyond_ascii(api, people):
    """R167: also on SQLite."""
    assert numbers(api.get("/v1/orders?search=MÜLLER")) == ["ORD-2026-01043"]
    assert numbers(api.get("/v1/orders?search=jÜRGEN")) == ["ORD-2026-01043"]


def test_search_finds_a_number_and_its_parts(api, people):
    """R167: in any case."""
    assert numbers(api.get("/v1/orders?search=ord-2026-01041")) == ["ORD-2026-01041"]
    assert numbers(api.get("/v1/orders?search=-0104&page_size=2")) == ["ORD-2026-01043", "ORD-2026-01042"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ORD-2026-0104", 4),
        ("d-2026-01042", 1),
        ("2026-010", 4),
        ("-01043", 1),
        ("2025-01042", 0),
        ("6-0104", 4),
        ("7-0104", 0),
    ],
)
def test_search_compares_the_start_of_a_number_too(api, people, text, found):
    """R167: although every number starts alike."""
    assert success_data(api.get(f"/v1/orders?search={text}"))["total"] == found


@pytest.mark.parametrize(
    ("text", "found"), [("m", [3, 2, 1, 0]), ("jü", [3]), ("JU", [3]), ("nn", [1]), ("zz", []), ("3", [3])]
)
def test_search_for_one_or_two_letters_works(api, people, text, found):
    """R167: the trigram index does not cover these."""
    data = success_data(api.get(f"/v1/orders?search={text}&page_size=2"))

    assert [order["order_number"] for order in data["orders"]] == [
        people[place].number for place in found[:2]
    ]
    assert data["total"] == len(found)


def test_search_finds_changed_text(api, people):
    people[0].name = "Zoe"
    people[0].save()

    assert numbers(api.get("/v1/orders?search=zo")) == [people[0].number]
    assert success_data(api.get("/v1/orders?search=john%20smith"))["total"] == 0


@pytest.mark.parametrize("text", ["%25", "_", "%5C", ".*", "[a-z]", "%28"])
def test_search_escapes_pattern_characters(api, people, text):
    assert numbers(api.get(f"/v1/orders?search={text}")) == []


@pytest.mark.parametrize("text", ["smith john", "John%0ASMITH", "smi joh ord-2026"])
def test_search_finds_words_in_any_order(api, people, text):
    assert numbers(api.get(f"/v1/orders?search={text}")) == ["ORD-2026-01040"]


def test_search_for_two_letters_ignores_case(api, people):
    assert numbers(api.get("/v1/orders?search=Mi")) == ["ORD-2026-01042", "ORD-2026-01040"]


def test_status_is_matched_exactly(api, people):
    """R168: including case."""
    assert numbers(api.get("/v1/orders?status=Shipping")) == ["ORD-2026-01043"]
    assert numbers(api.get("/v1/orders?status=Refunded")) == []
    assert error_summary(api.get("/v1/orders?status=shipping"))[:2] == (400, "invalid_request_error")


def test_total_covers_all_pages(api, people):
    """R170: not only the page returned."""
    data = success_data(api.get("/v1/orders?search=example.com&page=2&page_size=3"))

    assert [order["order_number"] for order in data["orders"]] == ["ORD-2026-01040"]
    assert (data["page"], data["page_size"], data["total"]) == (2, 3, 4)


def test_page_beyond_the_end_is_empty_with_the_total(api, people):
    for query in ("page=9", "search=john&page=9"):
        data = success_data(api.get(f"/v1/orders?{query}"))
        assert data["orders"] == []
        assert data["total"] == (3 if "john" in query else 4)


def test_page_zero_is_the_first_page(api, people):
    """X5: the response says page 1."""
    data = success_data(api.get("/v1/orders?page=0&page_size=1"))

    assert (data["page"], data["orders"][0]["order_number"]) == (1, "ORD-2026-01043")


@pytest.mark.parametrize(
    "query", ["page_size=0", "page_size=101", "page=-1", "page=x", "page_size=1.5", "search=%00"]
)
def test_invalid_page_is_rejected(api, query):
    """R166, X40: with one message for all parameters."""
    assert error_summary(api.get(f"/v1/orders?{query}")) == (
        400,
        "invalid_request_error",
        "Invalid parameters",
    )


def test_page_size_limit_is_a_hundred(api, people):
    """R166: pages have at most 100 orders."""
    assert success_data(api.get("/v1/orders?page_size=100"))["page_size"] == 100


def test_store_sees_only_its_own_orders(api, people, other_store):
    """R17: in lists and in searches."""
    make_order(other_store, name="John Elsewhere")

    assert success_data(api.get("/v1/orders"))["total"] == 4
    assert success_data(api.get("/v1/orders?search=elsewhere"))["total"] == 0


def test_orders_of_the_same_moment_are_each_on_one_page(api, store):
    made = {make_order(store).number for _ in range(6)}
    Order.objects.update(created_at=timezone.now())

    seen = [
        number for page in (1, 2, 3) for number in numbers(api.get(f"/v1/orders?page={page}&page_size=2"))
    ]

    assert len(seen) == 6
    assert set(seen) == made


@pytest.mark.parametrize("query", ["", "&search=ada", "&status=Paid"])
def test_list_query_count_is_constant(api, store, query, django_assert_max_num_queries):
    """For the key, ids, total, orders, items, and addresses, plus the key's last use once a minute."""
    for _ in range(30):
        make_order(store, items=[{}, {}])
    api.get("/v1/orders")
    for size in (1, 30):
        with django_assert_max_num_queries(7):
            assert len(numbers(api.get(f"/v1/orders?page_size={size}{query}"))) == size


def test_large_total_is_cached_for_a_while(api, store, monkeypatch):
    monkeypatch.setattr(paging, "LARGE_TOTAL", 3)
    cache.clear()
    for _ in range(3):
        make_order(store)
    assert success_data(api.get("/v1/orders?page_size=1"))["total"] == 3

    make_order(store)

    assert success_data(api.get("/v1/orders?page_size=1"))["total"] == 3
    cache.clear()
    assert success_data(api.get("/v1/orders?page_size=1"))["total"] == 4


def test_orders_are_read_only(api, people):
    """R191: other methods are not allowed."""
    assert api.post("/v1/orders", {}).status_code == 405
    assert api.post("/v1/orders/ORD-2026-01040", {"status": "Paid"}).status_code == 405
    assert api.delete("/v1/orders/ORD-2026-01040").status_code == 405


def test_updated_at_is_the_last_change(api, store):
    """R190: `updated_at` changes, `created_at` does not."""
    order = make_order(store)
    later = timezone.now() + datetime.timedelta(hours=1)
    Order.objects.filter(pk=order.pk).update(updated_at=later)

    (shown,) = success_data(api.get("/v1/orders"))["orders"]

    assert shown["updated_at"] == int(later.timestamp())
    assert shown["created_at"] == int(order.created_at.timestamp())


def explain_without_seqscan(rows, *, without=()):
    """Return PostgreSQL's query plan without sequential scans and the other given plan types."""
    with connection.cursor() as cursor:
        for plan_type in ("seqscan", *without):
            cursor.execute(f"SET LOCAL enable_{plan_type} = off")
        return rows.explain()


@pytest.mark.concurrent
def test_search_uses_the_trigram_index(people):
    """Only on PostgreSQL. The index and the search must use the same expression."""
    found = search.search_orders(orders=Order.objects.all(), text="john").order_by()

    assert "order_search" in explain_without_seqscan(found, without=["indexscan", "indexonlyscan"])


@pytest.mark.concurrent
def test_short_search_uses_an_index_only_scan(people):
    found = search.search_orders(orders=Order.objects.all(), text="jo")

    plan = explain_without_seqscan(found.values_list("pk", "store", "status"), without=["sort", "bitmapscan"])

    assert "Index Only Scan using order_newest_of_all" in plan


@pytest.mark.concurrent
def test_email_lookup_uses_an_index(people):
    john = same_email("John@example.com")

    assert "customer_email_once_in_a_store" in explain_without_seqscan(
        Customer.objects.filter(john).order_by()
    )
    assert "order_by_email" in explain_without_seqscan(Order.objects.filter(john).order_by())
