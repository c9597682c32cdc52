"""Every answer of the sandbox is what the published description says."""

import jsonschema
import pytest

from tests.sandbox.api_description import ApiDescription
from tests.sandbox.order_bodies import GERMAN_ADDRESS, card_order_body, order_body
from tests.sandbox_process import SandboxStore


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("storeDetail", "store/"),
        ("shippingMethodsList", "shipping-methods/"),
        ("gatewaysList", "gateways/"),
        ("gatewayGroupsList", "gateway-groups/"),
        ("productsList", "products/"),
        ("productsRetrieve", "products/1/"),
        ("productsVariantList", "products/1/variants/"),
        ("ordersList", "orders/"),
        ("ordersRetrieve", "orders/100001/"),
    ],
)
def test_what_is_read_is_as_described(
    description: ApiDescription, sandbox_store: SandboxStore, operation: str, path: str
) -> None:
    made = sandbox_store.call("POST", "orders/", order_body(shipping_address=GERMAN_ADDRESS))
    sandbox_store.pay(made.json()["payment_complete_url"])
    answer = sandbox_store.call("GET", path)
    assert answer.status_code == 200
    description.check_response(operation, answer)


@pytest.mark.parametrize("payment_status", ["paid", "authorized", "pending"])
def test_a_paid_order_is_as_described(
    description: ApiDescription, sandbox_store: SandboxStore, payment_status: str
) -> None:
    sandbox_store.switches(payment_status=payment_status)
    made = sandbox_store.call("POST", "orders/", order_body())
    sandbox_store.pay(made.json()["payment_complete_url"])
    answer = sandbox_store.call("GET", "orders/100001/")
    assert answer.json()["payment_status"] == payment_status
    description.check_response("ordersRetrieve", answer)


def test_an_order_made_at_once_is_as_described(
    description: ApiDescription, sandbox_store: SandboxStore
) -> None:
    answer = sandbox_store.call("POST", "orders/", card_order_body())
    assert answer.status_code == 201
    description.check_response("ordersCreate", answer)


def test_the_orders_of_these_tests_are_as_described(description: ApiDescription) -> None:
    description.check_request("ordersCreate", order_body())
    description.check_request("ordersCreate", card_order_body())


def test_the_check_can_fail(description: ApiDescription, sandbox_store: SandboxStore) -> None:
    answer = sandbox_store.call("POST", "orders/", card_order_body()).json()
    del answer["lines"][0]["variant_id"]
    with pytest.raises(jsonschema.ValidationError, match="variant_id"):
        description.check(answer, "components", "schemas", "Order")
