"""The stand-in store plays each payment method with its limits."""

from typing import Any

import pytest
import requests

from tests.sandbox.order_bodies import order_body
from tests.sandbox_process import SandboxStore


def list_methods(store: SandboxStore, key: str = "available_payment_methods") -> list[str]:
    (row,) = store.call("GET", "store/").json()
    return [method["code"] for method in row["payments"][key]]


def test_store_lists_every_method_of_its_currency(sandbox_store: SandboxStore) -> None:
    assert list_methods(sandbox_store) == [
        *("bankcard", "link", "paypal", "klarna", "apple_pay", "google_pay", "affirm")
    ]
    express = list_methods(sandbox_store, "available_express_payment_methods")
    assert express == ["link", "paypal", "apple_pay", "google_pay"]


def test_staff_of_the_sandbox_turn_methods_on(sandbox_store: SandboxStore) -> None:
    browser = requests.Session()
    browser.get(f"{sandbox_store.control_url}/", timeout=10)
    form = {"csrfmiddlewaretoken": browser.cookies["sandbox_csrftoken"], "methods": ["link", "klarna"]}
    assert browser.post(f"{sandbox_store.control_url}/methods/", form, timeout=10).status_code == 200

    assert list_methods(sandbox_store) == ["link", "klarna"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"payment_method": "paypal"}, 201),
        ({"payment_method": "ideal"}, 400),  # not in dollars
        ({"payment_method": "affirm"}, 400),  # below 50.00
    ],
)
def test_order_must_keep_the_limits_of_its_method(
    sandbox_store: SandboxStore, changes: dict[str, Any], status: int
) -> None:
    response = sandbox_store.call("POST", "orders/", order_body(**changes))

    assert response.status_code == status
    assert status == 201 or "payment_method" in response.json()


def test_payment_page_names_the_method(sandbox_store: SandboxStore) -> None:
    answer = sandbox_store.call("POST", "orders/", order_body(payment_method="klarna")).json()

    assert "hosted page of Klarna" in sandbox_store.call("GET", answer["payment_complete_url"]).text
