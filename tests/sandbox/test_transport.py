"""Authentication, versions, the rate limit, pagination, planned faults and the call log."""

import time

import pytest
import requests

from tests.sandbox.order_bodies import card_order_body
from tests.sandbox_process import SandboxProcess, SandboxStore


def test_unknown_path_returns_html(sandbox_store: SandboxStore) -> None:
    response = sandbox_store.call("GET", "orders")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ("", "Authentication credentials were not provided."),
        ("Token abc", "Authentication credentials were not provided."),
        ("Bearer wrong", "Invalid token."),
    ],
)
def test_unknown_token_is_refused(sandbox_store: SandboxStore, header: str, detail: str) -> None:
    response = sandbox_store.call("GET", "orders/", headers={"Authorization": header})
    assert response.status_code == 401
    assert response.json() == {"detail": detail}


@pytest.mark.parametrize("version", ["", "2019-01-01"])
def test_version_header_is_required(sandbox_store: SandboxStore, version: str) -> None:
    response = sandbox_store.call("GET", "orders/", headers={"X-29next-API-Version": version})
    assert response.status_code == 400


def test_token_opens_only_its_own_store(sandbox: SandboxProcess) -> None:
    ours, theirs = sandbox.create_store(), sandbox.create_store()
    ours.call("POST", "orders/", card_order_body())
    assert theirs.call("GET", "orders/").json()["results"] == []
    assert theirs.call("GET", "orders/100001/").json() == {"detail": "No Order matches the given query."}


@pytest.mark.parametrize("sandbox_store", [{"rate_limit": 4}], indirect=True)
def test_fifth_call_in_a_second_is_throttled(sandbox_store: SandboxStore) -> None:
    responses = [sandbox_store.call("GET", "store/") for _ in range(5)]
    assert [response.status_code for response in responses] == [200, 200, 200, 200, 429]
    assert responses[4].headers["Retry-After"] == "1"
    assert responses[4].json()["detail"].startswith("Request was throttled.")
    time.sleep(1.05)
    assert sandbox_store.call("GET", "store/").status_code == 200


@pytest.mark.parametrize("sandbox_store", [{"page_size": 2}], indirect=True)
def test_pages_link_to_each_other_by_absolute_urls(sandbox_store: SandboxStore) -> None:
    for _ in range(5):
        sandbox_store.call("POST", "orders/", card_order_body())
    numbers, url = [], "orders/?tags=pi_1"
    while url:
        page = sandbox_store.call("GET", url).json()
        numbers += [row["number"] for row in page["results"]]
        url = page["next"]
        assert url is None or url.startswith(f"{sandbox_store.next_api_url}orders/?")
    assert numbers == ["100005", "100004", "100003", "100002", "100001"]


def test_order_list_rows_are_slim(sandbox_store: SandboxStore) -> None:
    sandbox_store.call("POST", "orders/", card_order_body())
    [row] = sandbox_store.call("GET", "orders/").json()["results"]
    assert not {"lines", "tags", "transactions", "attribution"} & set(row)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tags=pi_1", 1),
        ("tags=pi_2", 0),
        ("tags=pi_2&tags=pi_1", 1),
        ("payment_status=paid", 1),
        ("payment_status=pending", 0),
        ("status=canceled", 0),
        ("is_test=true", 1),
        ("is_test=false", 0),
        ("order_number=100001", 1),
        ("search_text=ada@example", 1),
        ("date_placed_from=2020-01-01", 1),
        ("date_placed_to=2020-01-01", 0),
    ],
)
def test_filters_find_orders(sandbox_store: SandboxStore, query: str, found: int) -> None:
    sandbox_store.call("POST", "orders/", card_order_body())
    assert len(sandbox_store.call("GET", f"orders/?{query}").json()["results"]) == found


@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("status", [500, 502, 504])
def test_status_fault_strikes_before_or_after_the_work(
    sandbox_store: SandboxStore, when: str, orders: int, status: int
) -> None:
    sandbox_store.plan_fault("status", status=status, when=when, operation="ordersCreate")
    assert sandbox_store.call("POST", "orders/", card_order_body()).status_code == status
    assert len(sandbox_store.orders()) == orders
    assert sandbox_store.call("GET", "orders/").status_code == 200


def test_planned_throttle_sends_retry_after(sandbox_store: SandboxStore) -> None:
    sandbox_store.plan_fault("status", status=429, retry_after=3)
    response = sandbox_store.call("GET", "orders/")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "3")
    assert response.json()["detail"].startswith("Request was throttled.")


@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("kind", ["close", "truncate"])
def test_connection_is_cut_before_or_after_the_work(
    sandbox_store: SandboxStore, kind: str, when: str, orders: int
) -> None:
    sandbox_store.plan_fault(kind, when=when, operation="ordersCreate")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        sandbox_store.call("POST", "orders/", card_order_body())
    assert len(sandbox_store.orders()) == orders
    expected = {"close": 0, "truncate": 201 if when == "after" else 200}[kind]
    assert [row["status"] for row in sandbox_store.requests()] == [expected]


def test_garbage_is_not_json(sandbox_store: SandboxStore) -> None:
    sandbox_store.plan_fault("garbage", when="after")
    response = sandbox_store.call("POST", "orders/", card_order_body())
    assert response.status_code == 201
    with pytest.raises(requests.JSONDecodeError):
        response.json()
    assert len(sandbox_store.orders()) == 1


def test_delay_fault_makes_the_caller_wait(sandbox_store: SandboxStore) -> None:
    sandbox_store.plan_fault("delay", seconds=1, when="after")
    with pytest.raises(requests.ReadTimeout):
        sandbox_store.call("POST", "orders/", card_order_body(), timeout=0.3)
    assert len(sandbox_store.orders()) == 1


def test_fault_lets_the_first_calls_pass(sandbox_store: SandboxStore) -> None:
    sandbox_store.plan_fault("status", status=502, skip=1, operation="storeDetail")

    assert [sandbox_store.call("GET", "store/").status_code for _ in range(3)] == [200, 502, 200]


def test_fault_strikes_as_often_as_planned(sandbox_store: SandboxStore) -> None:
    sandbox_store.plan_fault("status", status=502, times=2, operation="storeDetail")
    responses = [sandbox_store.call("GET", "store/").status_code for _ in range(3)]
    assert responses == [502, 502, 200]


def test_every_call_is_logged(sandbox_store: SandboxStore) -> None:
    body = card_order_body()
    sandbox_store.call("POST", "orders/", body)
    sandbox_store.call("GET", "orders/?tags=a&tags=b")
    first, second = sandbox_store.requests()
    assert (first["operation"], first["method"], first["status"]) == ("ordersCreate", "POST", 201)
    assert first["body"] == body
    assert first["response"]["number"] == "100001"
    assert (second["operation"], second["query"]) == ("ordersList", {"tags": ["a", "b"]})
    sandbox_store.clear_requests()
    assert sandbox_store.requests() == []


def test_body_that_is_not_json_is_refused_and_logged(sandbox_store: SandboxStore) -> None:
    headers = {"Content-Type": "application/json"}
    response = sandbox_store.call("POST", "orders/", headers=headers, data="{")
    assert response.status_code == 400
    assert response.json()["detail"].startswith("JSON parse error")
    assert [row["status"] for row in sandbox_store.requests()] == [400]
