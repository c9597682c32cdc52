"""Every request of the client matches the published API description."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from nextcommerce.client import NextClient
from stores.next_client import open_next_client
from tests.factories import make_store
from tests.sandbox.api_description import DESCRIPTION_PATH, ApiDescription
from tests.sandbox.order_bodies import card_order_body, order_body

pytestmark = pytest.mark.any_database

BASE = "https://shop.29next.test/api/admin/"
# Endpoints that the published description does not have yet.
UNDESCRIBED = {"pause_subscription", "resume_subscription", "lacks_scope"}
REFUND_LINES = {"refund_lines": [{"line_id": 1, "quantity": 1, "restock_type": "return"}]}
CART_LINES = [{"product_id": 1, "quantity": 2}]
WEBHOOK = {
    "name": "Shop",
    "target": "https://shop.example.com/webhooks/next/shop",
    "events": ["order.created"],
    "api_version": "2024-04-01",
    "secret_key": "whsec",
    "active": True,
}

NEW_ADDRESS = {
    "first_name": "Ada",
    "last_name": "King",
    "line1": "14 Side Street",
    "line2": "",
    "line4": "Monsey",
    "state": "NY",
    "postcode": "10952",
    "country": "US",
    "phone_number": "",
}
CALLS = {
    "create_order": ("ordersCreate", [order_body()]),
    "retrieve_order": ("ordersRetrieve", ["100001"]),
    "list_orders": ("ordersList", [{"tags": ["pi_1", "pi_2"], "is_test": True}]),
    "update_order": ("ordersPartialUpdate", ["1", {"shipping_address": NEW_ADDRESS}]),
    "add_line_items": (
        "ordersAddLineItemsCreate",
        ["1", {"lines": [{"product_id": 1, "quantity": 1, "price": "5.00", "is_upsell": True}]}],
    ),
    "cancel_order": ("ordersCancelCreate", ["1", {"cancel_reason": "Customer request", "full_refund": True}]),
    "calculate_refund": (
        "ordersRefundCalculateCreate",
        ["1", {**REFUND_LINES, "refund_shipping": {"full_refund": True}}],
    ),
    "refund_order": (
        "ordersRefundCreate",
        ["1", {"transactions": [{"id": 1, "amount": "5.00"}], **REFUND_LINES, "note": "Broken"}],
    ),
    "add_note": ("ordersNotesCreate", ["1", "Investigated"]),
    "create_cart": (
        "cartsCreate",
        [
            {
                "lines": CART_LINES,
                "currency": "USD",
                "user": {"email": "a@example.com"},
                "vouchers": ["WELCOME10"],
            }
        ],
    ),
    "retrieve_cart": ("cartsRetrieve", [1]),
    "update_cart": ("cartsUpdate", [1, {"lines": CART_LINES, "vouchers": []}]),
    "delete_cart": ("cartsDestroy", [1]),
    "retrieve_store": ("storeDetail", []),
    "list_gateways": ("gatewaysList", []),
    "list_gateway_groups": ("gatewayGroupsList", []),
    "list_shipping_methods": ("shippingMethodsList", []),
    "list_products_page": ("productsList", ["abc"]),
    "retrieve_product": ("productsRetrieve", [1]),
    "list_categories": ("categoriesList", []),
    "list_webhooks": ("webhooksList", []),
    "create_webhook": ("webhooksCreate", [WEBHOOK]),
    "update_webhook": ("webhooksPartialUpdate", [1, {"active": True}]),
    "retrieve_subscription": ("subscriptionsRetrieve", [1]),
    "update_subscription": ("subscriptionsPartialUpdate", [1, {"next_renewal_date": "2027-01-01T00:00:00Z"}]),
    "cancel_subscription": ("subscriptionsCancelCreate", [1, {"cancel_reason": "other"}]),
    "update_subscription_line": ("subscriptionsLinesUpdate", [1, 2, {"quantity": 1, "price": "44.99"}]),
    "add_subscription_line": (
        "subscriptionsLinesCreate",
        [1, {"product_id": 5, "quantity": 1, "price": "0.00", "metadata": {"replaces": 2}}],
    ),
    "remove_subscription_line": ("subscriptionsLinesDestroy", [1, 2]),
    "list_subscription_transactions": ("subscriptionsTransactionsList", [1]),
}


@pytest.fixture(scope="module")
def description():
    if not DESCRIPTION_PATH.exists():
        pytest.skip(f"The published API description is missing: {DESCRIPTION_PATH}")
    return ApiDescription()


@pytest.fixture
def sent_request(db):
    """Call a client method; return the request that was sent."""

    def call(method, *arguments):
        api = open_next_client(make_store(next_api_url=BASE))
        keywords = {}
        if method == "list_orders":
            keywords, arguments = arguments[0], []
        with responses.RequestsMock() as mock:
            body = {"number": "1", "id": 1, "results": [], "next": None}
            for verb in ("GET", "POST", "PATCH", "PUT", "DELETE"):
                mock.add(verb, re.compile(f"{BASE}.*"), json=body)
            mock.assert_all_requests_are_fired = False
            result = getattr(api, method)(*arguments, **keywords)
            if hasattr(result, "__next__"):
                list(result)
            return mock.calls[0].request

    return call


def path_pattern(template):
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", template) + "$")


@pytest.mark.parametrize("method", CALLS)
def test_request_matches_the_description(description, sent_request, method):
    operation, arguments = CALLS[method]
    path, verb, described = description.operations[operation]

    request = sent_request(method, *arguments)

    url = urlsplit(request.url)
    assert request.method == verb.upper()
    assert path_pattern(path).fullmatch("/" + url.path.removeprefix("/api/admin/"))
    known = {item["name"] for item in described.get("parameters", []) if item["in"] == "query"}
    assert set(parse_qs(url.query)) <= known
    required = {
        item["name"] for item in described["parameters"] if item["in"] == "header" and item.get("required")
    }
    assert required <= set(request.headers)
    if request.body:
        assert request.headers["Content-Type"] == "application/json"
    if "requestBody" in described:
        description.check_request(operation, json.loads(request.body))


def test_card_order_matches_the_description(description, sent_request):
    body = json.loads(sent_request("create_order", card_order_body()).body)

    description.check_request("ordersCreate", body)


def test_every_client_method_is_checked():
    public = {name for name in vars(NextClient) if not name.startswith("_")}

    assert public == set(CALLS) | UNDESCRIBED
