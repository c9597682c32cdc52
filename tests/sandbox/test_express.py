"""Express payments: orders without a customer and an address, which the wallet fills in."""

from typing import Any

import pytest

from tests.sandbox.api_description import ApiDescription
from tests.sandbox.order_bodies import ADDRESS, GERMAN_ADDRESS, VAT, order_body
from tests.sandbox_process import SandboxStore

REQUIRED = ["This field is required."]


def express_body(**changes: Any) -> dict[str, Any]:
    """Return an order of one green mug that leaves customer and addresses to the wallet."""
    left_out = ("user", "shipping_address", "billing_same_as_shipping_address")
    return {key: value for key, value in order_body(**changes).items() if key not in left_out}


def test_wallet_fills_in_customer_and_address(
    description: ApiDescription, sandbox_store: SandboxStore
) -> None:
    sandbox_store.set_taxes({"country": "US", "states": ["NY"], "percent": "10"})
    description.check_request("ordersCreate", express_body())
    answer = sandbox_store.call("POST", "orders/", express_body()).json()
    page = sandbox_store.call("GET", answer["payment_complete_url"]).text
    assert "wallet@example.com" in page
    assert "25.90 USD" in page
    sandbox_store.pay(answer["payment_complete_url"])
    response = sandbox_store.call("GET", "orders/100001/")
    order = response.json()
    assert order["user"]["email"] == "wallet@example.com"
    assert order["shipping_address"]["line4"] == order["billing_address"]["line4"] == "Albany"
    assert order["total_incl_tax"] == "25.90"
    description.check_response("ordersRetrieve", response)


def test_wallet_is_a_setting(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes(VAT)
    sandbox_store.configure(wallet={"user": {"email": "Uwe@example.de"}, "shipping_address": GERMAN_ADDRESS})
    answer = sandbox_store.call("POST", "orders/", express_body()).json()
    sandbox_store.pay(answer["payment_complete_url"])
    [order] = sandbox_store.orders()
    assert (order["user"]["email"], order["total_incl_tax"]) == ("uwe@example.de", "28.56")


@pytest.mark.parametrize(
    "changes", [{"payment_method": "klarna"}, {"billing_address": ADDRESS}, {"payment_method": "external"}]
)
def test_other_orders_need_a_customer(sandbox_store: SandboxStore, changes: dict[str, Any]) -> None:
    response = sandbox_store.call("POST", "orders/", express_body(**changes))
    assert response.status_code == 400
    assert response.json() == {"user": REQUIRED}


def test_customer_without_an_address_is_no_express_order(sandbox_store: SandboxStore) -> None:
    body = express_body() | {"user": {"email": "ada@example.com"}}
    response = sandbox_store.call("POST", "orders/", body)
    assert response.status_code == 400
    assert response.json() == {"shipping_address": REQUIRED}
