"""ordersAddLineItemsCreate (3.4)."""

import pytest
import requests

from tests.sandbox.order_bodies import card_order_body, order_body
from tests.sandbox_process import SandboxStore

BLUE = {"lines": [{"product_id": 12, "quantity": 1, "price": "9.50", "is_upsell": True}]}


@pytest.fixture
def number(sandbox_store: SandboxStore) -> str:
    made = sandbox_store.call("POST", "orders/", order_body())
    paid = sandbox_store.pay(made.json()["payment_complete_url"])
    return str(paid["order_number"])


def add_blue_mug(store: SandboxStore, number: str) -> requests.Response:
    return store.call("POST", f"orders/{number}/add-line-items/", BLUE)


def test_the_lines_are_added_and_charged(sandbox_store: SandboxStore, number: str) -> None:
    answer = add_blue_mug(sandbox_store, number)
    assert answer.status_code == 200
    made = answer.json()
    assert [(line["sku"], line["is_upsell"]) for line in made["lines"]] == [
        ("MUG-GREEN", False),
        ("MUG-BLUE", True),
    ]
    assert (made["total_incl_tax"], made["total_outstanding"]) == ("33.50", "0.00")
    assert [row["amount"] for row in sandbox_store.charges()] == ["24.00", "9.50"]


def test_a_repeated_request_charges_again(sandbox_store: SandboxStore, number: str) -> None:
    add_blue_mug(sandbox_store, number)
    add_blue_mug(sandbox_store, number)
    assert len(sandbox_store.charges()) == 3


def test_a_declined_upsell_leaves_a_failed_transaction(sandbox_store: SandboxStore, number: str) -> None:
    sandbox_store.switches(upsells="decline")
    answer = add_blue_mug(sandbox_store, number)
    assert answer.status_code == 400
    assert answer.json()["payment_response_code"] == "2000"
    [made] = sandbox_store.orders()
    assert len(made["lines"]) == 1
    assert [row["status"] for row in made["transactions"]] == ["succeeded", "failed"]
    assert len(sandbox_store.charges()) == 1


def test_an_order_that_does_not_support_upsells_refuses(sandbox_store: SandboxStore) -> None:
    sandbox_store.switches(supports_post_purchase_upsells=False)
    made = sandbox_store.call("POST", "orders/", card_order_body()).json()
    assert made["supports_post_purchase_upsells"] is False
    assert add_blue_mug(sandbox_store, made["number"]).status_code == 400


def test_a_canceled_order_refuses(sandbox_store: SandboxStore, number: str) -> None:
    sandbox_store.edit_order(number, cancel={"full_refund": True})
    assert add_blue_mug(sandbox_store, number).status_code == 400


def test_a_test_order_takes_lines_without_a_charge(sandbox_store: SandboxStore) -> None:
    made = sandbox_store.call("POST", "orders/", card_order_body()).json()
    answer = add_blue_mug(sandbox_store, made["number"])
    assert len(answer.json()["lines"]) == 2
    assert sandbox_store.charges() == []
