"""Catalog and order responses match the published API description."""

import jsonschema
import pytest

from tests.sandbox.api_description import ApiDescription
from tests.sandbox.order_bodies import GERMAN_ADDRESS, VAT, card_order_body, order_body
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
        ("categoriesList", "categories/"),
        ("productsVariantList", "products/1/variants/"),
        ("ordersList", "orders/"),
        ("ordersRetrieve", "orders/100001/"),
    ],
)
def test_reads_match_the_description(
    description: ApiDescription, sandbox_store: SandboxStore, operation: str, path: str
) -> None:
    sandbox_store.set_taxes(VAT)
    created = sandbox_store.call("POST", "orders/", order_body(shipping_address=GERMAN_ADDRESS))
    sandbox_store.pay(created.json()["payment_complete_url"])
    response = sandbox_store.call("GET", path)
    assert response.status_code == 200
    description.check_response(operation, response)


@pytest.mark.parametrize("payment_status", ["paid", "authorized", "pending"])
def test_paid_order_matches_the_description(
    description: ApiDescription, sandbox_store: SandboxStore, payment_status: str
) -> None:
    sandbox_store.switches(payment_status=payment_status)
    created = sandbox_store.call("POST", "orders/", order_body())
    sandbox_store.pay(created.json()["payment_complete_url"])
    response = sandbox_store.call("GET", "orders/100001/")
    assert response.json()["payment_status"] == payment_status
    description.check_response("ordersRetrieve", response)


def test_test_card_order_matches_the_description(
    description: ApiDescription, sandbox_store: SandboxStore
) -> None:
    response = sandbox_store.call("POST", "orders/", card_order_body())
    assert response.status_code == 201
    description.check_response("ordersCreate", response)


def test_request_bodies_match_the_description(description: ApiDescription) -> None:
    description.check_request("ordersCreate", order_body())
    description.check_request("ordersCreate", card_order_body())


def test_missing_field_fails_the_check(description: ApiDescription, sandbox_store: SandboxStore) -> None:
    response = sandbox_store.call("POST", "orders/", card_order_body()).json()
    del response["lines"][0]["variant_id"]
    with pytest.raises(jsonschema.ValidationError, match="variant_id"):
        description.check(response, "components", "schemas", "Order")
