"""Faults that change how often a call is made, or what a call that went well answers."""

import pytest

from tests.sandbox.order_bodies import order_body


def create_order(sandbox_store):
    """Create a paid order of one mug with the test card, and return it."""
    body = order_body(
        payment_method="card_token",
        payment_details={"card_token": "test_card", "payment_return_url": "https://shop.example/r/"},
    )
    response = sandbox_store.call("POST", "orders/", body)
    assert response.status_code == 201, response.text
    return response.json()


def retrieve(sandbox_store, number):
    return sandbox_store.call("GET", f"orders/{number}/").json()


def test_repeated_call_is_done_twice_and_answered_once(sandbox_store):
    sandbox_store.plan_fault("repeat", operation="ordersCreate")

    order = create_order(sandbox_store)

    numbers = [row["number"] for row in sandbox_store.orders()]
    assert numbers == [order["number"], str(int(order["number"]) + 1)]
    assert [call["operation"] for call in sandbox_store.requests()] == ["ordersCreate", "ordersCreate"]


@pytest.mark.parametrize("status", [400, 404, 409, 422, 429, 500, 503])
def test_call_may_be_done_and_answered_with_an_error(sandbox_store, status):
    number = create_order(sandbox_store)["number"]
    sandbox_store.plan_fault("status", operation="ordersCancelCreate", status=status, when="after")

    response = sandbox_store.call("POST", f"orders/{number}/cancel/", {"cancel_reason": "Test"})

    assert response.status_code == status
    assert retrieve(sandbox_store, number)["status"] == "canceled"


def test_stale_read_answers_the_version_before_the_last_write(sandbox_store):
    number = create_order(sandbox_store)["number"]
    before = retrieve(sandbox_store, number)
    sandbox_store.call("POST", f"orders/{number}/cancel/", {"cancel_reason": "Test"})
    sandbox_store.plan_fault("stale", operation="ordersRetrieve", times=2)

    answers = [retrieve(sandbox_store, number) for _ in range(3)]

    assert answers[:2] == [before, before]
    assert answers[2]["status"] == "canceled"


def test_stale_read_of_an_order_that_was_never_read_is_fresh(sandbox_store):
    number = create_order(sandbox_store)["number"]
    sandbox_store.plan_fault("stale", operation="ordersRetrieve")

    assert retrieve(sandbox_store, number)["number"] == number


def test_skipped_calls_are_not_stale(sandbox_store):
    number = create_order(sandbox_store)["number"]
    before = retrieve(sandbox_store, number)
    sandbox_store.call("POST", f"orders/{number}/cancel/", {"cancel_reason": "Test"})
    sandbox_store.plan_fault("stale", operation="ordersRetrieve", skip=1)

    assert retrieve(sandbox_store, number)["status"] == "canceled"
    assert retrieve(sandbox_store, number) == before


@pytest.mark.parametrize(("kind", "count"), [("empty_list", 0), ("short_list", 1)])
def test_product_list_comes_back_empty_or_short(sandbox_store, kind, count):
    sandbox_store.plan_fault(kind, operation="productsList")

    page = sandbox_store.call("GET", "products/").json()

    assert (len(page["results"]), page["next"]) == (count, None)
    assert len(sandbox_store.call("GET", "products/").json()["results"]) == 2


def test_order_of_another_store_has_the_same_number_and_nothing_else(sandbox_store):
    ours = create_order(sandbox_store)
    sandbox_store.plan_fault("foreign_order", operation="ordersRetrieve")

    foreign = retrieve(sandbox_store, ours["number"])

    assert foreign["number"] == ours["number"]
    for name in ("tags", "created_at", "total_incl_tax"):
        assert foreign[name] != ours[name]
    assert {line["id"] for line in foreign["lines"]}.isdisjoint(line["id"] for line in ours["lines"])
    assert retrieve(sandbox_store, ours["number"])["created_at"] == ours["created_at"]
