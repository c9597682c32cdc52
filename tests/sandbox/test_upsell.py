"""Upsells (ordersAddLineItemsCreate)."""

import pytest
import requests

from tests.sandbox.order_bodies import card_order_body, order_body
from tests.sandbox_process import SandboxStore

BLUE = {"lines": [{"product_id": 12, "quantity": 1, "price": "9.50", "is_upsell": True}]}


@pytest.fixture
def number(sandbox_store: SandboxStore) -> str:
    order = sandbox_store.call("POST", "orders/", order_body())
    paid = sandbox_store.pay(order.json()["payment_complete_url"])
    return str(paid["order_number"])


def add_blue_mug(store: SandboxStore, number: str) -> requests.Response:
    return store.call("POST", f"orders/{number}/add-line-items/", BLUE)


def test_lines_are_added_and_charged(sandbox_store: SandboxStore, number: str) -> None:
    response = add_blue_mug(sandbox_store, number)
    assert response.status_code == 200
    order = response.json()
    assert [(line["sku"], line["is_upsell"]) for line in order["lines"]] == [
        ("MUG-GREEN", False),
        ("MUG-BLUE", True),
    ]
    assert (order["total_incl_tax"], order["total_outstanding"]) == ("33.50", "0.00")
    assert [row["amount"] for row in sandbox_store.charges()] == ["24.00", "9.50"]


def test_repeated_request_charges_again(sandbox_store: SandboxStore, number: str) -> None:
    add_blue_mug(sandbox_store, number)
    add_blue_mug(sandbox_store, number)
    assert len(sandbox_store.charges()) == 3


def test_declined_upsell_records_a_failed_transaction(sandbox_store: SandboxStore, number: str) -> None:
    sandbox_store.switches(upsells="decline")
    response = add_blue_mug(sandbox_store, number)
    assert response.status_code == 400
    assert response.json()["payment_response_code"] == "2000"
    [order] = sandbox_store.orders()
    assert len(order["lines"]) == 1
    assert [row["status"] for row in order["transactions"]] == ["succeeded", "failed"]
    assert len(sandbox_store.charges()) == 1


def test_order_without_upsell_support_is_refused(sandbox_store: SandboxStore) -> None:
    sandbox_store.switches(supports_post_purchase_upsells=False)
    order = sandbox_store.call("POST", "orders/", card_order_body()).json()
    assert order["supports_post_purchase_upsells"] is False
    assert add_blue_mug(sandbox_store, order["number"]).status_code == 400


def test_canceled_order_is_refused(sandbox_store: SandboxStore, number: str) -> None:
    sandbox_store.edit_order(number, cancel={"full_refund": True})
    assert add_blue_mug(sandbox_store, number).status_code == 400


def test_test_order_gets_lines_without_a_charge(sandbox_store: SandboxStore) -> None:
    order = sandbox_store.call("POST", "orders/", card_order_body()).json()
    response = add_blue_mug(sandbox_store, order["number"])
    assert len(response.json()["lines"]) == 2
    assert sandbox_store.charges() == []
