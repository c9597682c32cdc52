"""ordersCreate: what the store creates and what it refuses."""

import json
from typing import Any

import pytest

from tests.sandbox.order_bodies import ADDRESS, GERMAN_ADDRESS, RETURN_URL, card_order_body, order_body
from tests.sandbox_process import SandboxStore


def test_link_returns_a_payment_url_and_creates_no_order(sandbox_store: SandboxStore) -> None:
    response = sandbox_store.call("POST", "orders/", order_body())
    token = sandbox_store.payments()[0]["token"]
    assert response.json() == {
        "reference_transaction_id": None,
        "payment_complete_url": f"{sandbox_store.url}/link/{token}/",
    }
    assert sandbox_store.orders() == []
    assert sandbox_store.charges() == []


def test_test_card_creates_a_test_order_without_a_charge(
    sandbox_store: SandboxStore,
) -> None:
    response = sandbox_store.call("POST", "orders/", card_order_body())
    assert response.status_code == 201
    order = response.json()
    assert (order["number"], order["is_test"], order["payment_status"]) == ("100001", True, "paid")
    assert order["transactions"] == []
    assert order["total_outstanding"] == "0.00"
    assert sandbox_store.charges() == []


def test_3ds_test_card_redirects(sandbox_store: SandboxStore) -> None:
    details = {"card_token": "test_3ds_card", "payment_return_url": RETURN_URL}
    body = order_body(payment_method="card_token", payment_details=details)
    url = sandbox_store.call("POST", "orders/", body).json()["payment_complete_url"]
    paid = sandbox_store.pay(url)
    order = json.loads(paid["response"])
    assert order["is_test"] is True
    assert order["transactions"] == []
    assert sandbox_store.charges() == []


def test_other_cards_are_declined_as_published(sandbox_store: SandboxStore) -> None:
    body = order_body(payment_method="card_token", payment_details={"card_token": "tok_real"})
    response = sandbox_store.call("POST", "orders/", body)
    assert response.status_code == 400
    assert response.json() == {
        "payment_details": "Unable to process the purchase transaction.",
        "payment_response_code": "2000",
        "payment_method": {"card_token": "tok_real"},
    }


def test_catalog_prices_apply_unless_the_request_names_one(
    sandbox_store: SandboxStore,
) -> None:
    lines = [
        {"product_id": 11, "quantity": 2},
        {"product_id": 12, "quantity": 1, "price": "3.33", "is_upsell": True},
    ]
    order = sandbox_store.call("POST", "orders/", card_order_body(lines=lines)).json()
    assert [
        (line["variant_id"], line["product_id"], line["price_excl_tax"], line["is_upsell"])
        for line in order["lines"]
    ] == [(11, 1, "38.00", False), (12, 1, "3.33", True)]
    assert order["shipping_incl_tax"] == "5.00"
    assert order["total_incl_tax"] == "46.33"


def test_requested_shipping_price_applies(sandbox_store: SandboxStore) -> None:
    order = sandbox_store.call("POST", "orders/", card_order_body(shipping_price="1.00")).json()
    assert (order["shipping_code"], order["total_incl_tax"]) == ("standard", "20.00")


def test_cheapest_shipping_method_is_the_default(
    sandbox_store: SandboxStore,
) -> None:
    body = card_order_body()
    del body["shipping_code"]
    order = sandbox_store.call("POST", "orders/", body).json()
    assert (order["shipping_code"], order["shipping_excl_tax"]) == ("standard", "5.00")


def test_digital_items_need_no_address(sandbox_store: SandboxStore) -> None:
    body = card_order_body(lines=[{"product_id": 21, "quantity": 1}], shipping_address=None)
    order = sandbox_store.call("POST", "orders/", body).json()
    assert (order["total_incl_tax"], order["fulfillment_status"]) == ("7.25", "not_required")


def test_tags_attribution_metadata_and_addresses_are_saved(sandbox_store: SandboxStore) -> None:
    body = card_order_body(tags=["pi_1", "summer"], metadata={"ours": 1})
    order = sandbox_store.call("POST", "orders/", body).json()
    assert order["tags"] == ["pi_1", "summer"]
    assert order["attribution"]["metadata"] == {"intent": "pi_1"}
    assert order["metadata"] == {"ours": 1}
    assert order["shipping_address"].items() >= ADDRESS.items()
    assert order["billing_address"]["line4"] == "Monsey"
    assert order["user"]["email"] == "ada@example.com"


def test_strip_tags_drops_the_tags(sandbox_store: SandboxStore) -> None:
    sandbox_store.switches(strip_tags=True)
    order = sandbox_store.call("POST", "orders/", card_order_body()).json()
    assert order["tags"] == []
    assert sandbox_store.call("GET", "orders/?tags=pi_1").json()["results"] == []


def test_known_email_is_the_same_customer_with_the_same_name(
    sandbox_store: SandboxStore,
) -> None:
    first = sandbox_store.call("POST", "orders/", card_order_body()).json()
    user = {"email": "ADA@example.com", "first_name": "Eve"}
    second = sandbox_store.call("POST", "orders/", card_order_body(user=user)).json()
    assert second["user"]["id"] == first["user"]["id"]
    assert second["user"]["first_name"] == "Ada"


def address_without(key: str) -> dict[str, Any]:
    return {name: value for name, value in ADDRESS.items() if name != key}


REQUIRED = ["This field is required."]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"lines": []}, {"lines": {"non_field_errors": ["This list may not be empty."]}}),
        (
            {"lines": [{"product_id": 11, "quantity": 0}]},
            {"lines": [{"quantity": ["Ensure this value is greater than or equal to 1."]}]},
        ),
        (
            {"lines": [{"product_id": 11, "quantity": 1, "price": "1.999"}]},
            {"lines": [{"price": ["Ensure that there are no more than 2 decimal places."]}]},
        ),
        (
            {"lines": [{"product_id": 99, "quantity": 1}]},
            {"lines": [{"product_id": ['Invalid pk "99" - object does not exist.']}]},
        ),
        (
            {"lines": [{"product_id": 1, "quantity": 1}]},
            {"lines": [{"product_id": ["This action is not allowed on parent products."]}]},
        ),
        (
            {"lines": [{"product_id": 12, "quantity": 4}]},
            {"lines": [{"quantity": ["Not enough stock."]}]},
        ),
        ({"currency": "EUR"}, {"currency": ["Currency is not available."]}),
        ({"user": {}}, {"user": {"email": REQUIRED}}),
        ({"shipping_address": address_without("line4")}, {"shipping_address": {"line4": REQUIRED}}),
        (
            {"shipping_address": address_without("state")},
            {"shipping_address": {"state": ["`state` is required"]}},
        ),
        ({"shipping_address": None}, {"shipping_address": REQUIRED}),
        ({"shipping_code": "rocket"}, {"shipping_code": ['"rocket" is not a valid choice.']}),
        (
            {"shipping_code": "express", "shipping_address": GERMAN_ADDRESS},
            {"shipping_code": ['"express" is not available for country DE.']},
        ),
        ({"payment_details": {}}, {"payment_details": {"payment_return_url": REQUIRED}}),
        (
            {
                "payment_details": {
                    "payment_return_url": RETURN_URL,
                    "payment_gateway": 7,
                    "payment_gateway_group": 3,
                }
            },
            {
                "payment_details": {
                    "non_field_errors": ["Only one of payment_gateway and payment_gateway_group is allowed."]
                }
            },
        ),
        (
            {"payment_details": {"payment_return_url": RETURN_URL, "payment_gateway": 8}},
            {"payment_details": {"payment_gateway": ['Invalid pk "8" - object does not exist.']}},
        ),
        ({"payment_method": "cash"}, {"payment_method": ['"cash" is not a valid choice.']}),
        (
            {
                "lines": [
                    {
                        "product_id": 21,
                        "quantity": 1,
                        "subscription": {"interval": "month", "interval_count": 1},
                    }
                ]
            },
            {"lines": [{"subscription": ["Product does not allow subscriptions."]}]},
        ),
        (
            {
                "lines": [
                    {
                        "product_id": 11,
                        "quantity": 1,
                        "price": "0.00",
                        "subscription": {"interval": "month", "interval_count": 1},
                    }
                ],
                "shipping_price": "0.00",
            },
            {"non_field_errors": ["Order total must be greater than 0.00 for subscriptions."]},
        ),
    ],
)
def test_invalid_order_is_refused(
    sandbox_store: SandboxStore, changes: dict[str, Any], errors: dict[str, Any]
) -> None:
    response = sandbox_store.call("POST", "orders/", order_body(**changes))
    assert response.status_code == 400
    assert response.json() == errors
    assert sandbox_store.payments() == []


def test_duplicate_order_is_refused_within_the_window(
    sandbox_store: SandboxStore,
) -> None:
    sandbox_store.switches(duplicate_window_seconds=60)
    assert sandbox_store.call("POST", "orders/", card_order_body()).status_code == 201
    duplicate = sandbox_store.call("POST", "orders/", card_order_body())
    assert duplicate.status_code == 400
    assert duplicate.json() == {"non_field_errors": ["Duplicate order detected."]}
    other_lines = [{"product_id": 11, "quantity": 2}]
    assert sandbox_store.call("POST", "orders/", card_order_body(lines=other_lines)).status_code == 201


def test_duplicate_has_the_same_value(sandbox_store: SandboxStore) -> None:
    """Blue mugs of another price are another order; two lines of the same value are a duplicate."""
    sandbox_store.switches(duplicate_window_seconds=1800)
    assert sandbox_store.call("POST", "orders/", card_order_body()).status_code == 201
    other = [{"product_id": 12, "quantity": 1}]
    assert sandbox_store.call("POST", "orders/", card_order_body(lines=other)).status_code == 201
    same_value = [{"product_id": 12, "quantity": 1, "price": "19.00"}]
    assert sandbox_store.call("POST", "orders/", card_order_body(lines=same_value)).status_code == 400
    eve = {"email": "eve@example.com"}
    assert sandbox_store.call("POST", "orders/", card_order_body(user=eve)).status_code == 201
    sandbox_store.advance_clock(seconds=1801)
    assert sandbox_store.call("POST", "orders/", card_order_body()).status_code == 201


def test_duplicate_is_blocked_on_the_hosted_page(sandbox_store: SandboxStore) -> None:
    urls = [sandbox_store.call("POST", "orders/", order_body()).json()["payment_complete_url"] for _ in "12"]
    sandbox_store.switches(duplicate_window_seconds=60)
    sandbox_store.pay(urls[0])
    assert sandbox_store.pay(urls[1])["response"] == "{}"
    assert len(sandbox_store.charges()) == 1


def test_paid_orders_take_stock_and_test_orders_do_not(sandbox_store: SandboxStore) -> None:
    def stock() -> int:
        variants = sandbox_store.call("GET", "products/1/variants/").json()
        return variants[1]["stockrecords"][0]["num_in_stock"]  # type: ignore[no-any-return]

    lines = [{"product_id": 12, "quantity": 2}]
    sandbox_store.call("POST", "orders/", card_order_body(lines=lines))
    assert stock() == 3
    url = sandbox_store.call("POST", "orders/", order_body(lines=lines)).json()["payment_complete_url"]
    assert stock() == 3
    sandbox_store.pay(url)
    assert stock() == 1
