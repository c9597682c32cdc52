"""Invalid input is refused; it never causes a server error."""

from typing import Any

import pytest

from tests.sandbox.order_bodies import order_body
from tests.sandbox_process import SandboxStore

MONTHLY = {"interval": "month", "interval_count": 1}
INVALID_BODIES: list[Any] = [
    [],
    [1],
    "text",
    7,
    {},
    {"lines": "x", "user": [], "transactions": {}, "events": 1, "next_renewal_date": "soon"},
    {"lines": [None, 1, {"product_id": "x", "quantity": []}], "refund_lines": [{}], "payment_details": 1},
    {"refund_lines": [{"line_id": 10**30, "quantity": 1, "restock_type": "cancel"}], "transactions": []},
    {"transactions": [{"id": 1, "amount": "NaN"}], "cancel_reason": {"a": 1}, "pause_until": "1-1-1"},
    {"transactions": [{"id": 1, "amount": "1e99"}], "refund_shipping": {"amount_excl_tax": "Infinity"}},
    {"lines": [{"product_id": 10**30, "quantity": 10**30, "price": "9999999999.99"}], "quantity": -1},
    {"lines": [{"product_id": 21, "quantity": 2147483647, "price": "9999999999.99"}]},
    {"product_id": 10**30, "quantity": 10**30, "message": {"a": []}, "target": "x" * 300},
]
CALLS = [
    ("POST", "orders/"),
    ("POST", "orders/100001/add-line-items/"),
    ("POST", "orders/100001/cancel/"),
    ("POST", "orders/100001/refund/"),
    ("POST", "orders/100001/refund/calculate/"),
    ("POST", "orders/100001/notes/"),
    ("PATCH", "orders/100001/"),
    ("POST", "webhooks/"),
    ("PATCH", "subscriptions/{subscription}/"),
    ("POST", "subscriptions/{subscription}/lines/"),
    ("PUT", "subscriptions/{subscription}/lines/{line}/"),
    ("POST", "subscriptions/{subscription}/resume/"),
    ("POST", "subscriptions/{subscription}/cancel/"),
]
QUERIES = [
    "orders/?date_placed_from=soon",
    "orders/?cursor=%00",
    "orders/?limit=-1",
    "orders/?product=x",
    "products/?cursor=x",
    "products/?cursor=LTE=",
    "subscriptions/?next_renewal_date_from=x",
    "subscriptions/?product=x",
    "transactions/?amount_min=x",
    "transactions/?amount_min=NaN",
    "users/999999999999999999999999/",
    "products/999999999999999999999999/",
]


@pytest.fixture
def paths(sandbox_store: SandboxStore) -> dict[str, int]:
    """A store with a paid order 100001 and its subscription."""
    body = order_body(lines=[{"product_id": 11, "quantity": 1, "subscription": MONTHLY}])
    sandbox_store.pay(sandbox_store.call("POST", "orders/", body).json()["payment_complete_url"])
    [subscription] = sandbox_store.subscriptions()
    return {"subscription": subscription["id"], "line": subscription["lines"][0]["id"]}


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_invalid_body_is_refused_and_moves_no_money(
    sandbox_store: SandboxStore, paths: dict[str, int], method: str, path: str
) -> None:
    before = sandbox_store.charges()
    for body in INVALID_BODIES:
        response = sandbox_store.call(method, path.format(**paths), body)
        assert response.status_code < 500, f"{body}: {response.text[:300]}"
    assert sandbox_store.charges() == before


@pytest.mark.parametrize("query", QUERIES)
def test_invalid_query_is_not_a_server_error(sandbox_store: SandboxStore, query: str) -> None:
    assert sandbox_store.call("GET", query).status_code < 500
