"""Carts: their totals, one for each customer, abandonment, and what an order makes of them."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.api_description import ApiDescription
from tests.sandbox.conftest import Listener
from tests.sandbox.order_bodies import VAT, card_order_body, order_body
from tests.sandbox_process import SandboxStore

ADA = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Miller"}
WELCOME = {"code": "WELCOME10", "kind": "percent", "value": "10"}
GREEN = {"product_id": 11, "quantity": 1}


def cart_body(**changes: Any) -> dict[str, Any]:
    """Return a cart of one green mug for Ada: 19.00 USD."""
    return {"lines": [GREEN], "currency": "USD", "user": ADA, **changes}


def create_cart(store: SandboxStore, **changes: Any) -> dict[str, Any]:
    response = store.call("POST", "carts/", cart_body(**changes))
    assert response.status_code == 201, response.text
    return response.json()  # type: ignore[no-any-return]


def update_cart(store: SandboxStore, cart: dict[str, Any], **body: Any) -> dict[str, Any]:
    response = store.call("PUT", f"carts/{cart['id']}/", body)
    assert response.status_code == 200, response.text
    return response.json()  # type: ignore[no-any-return]


def listed_carts(store: SandboxStore, query: str = "") -> list[int]:
    return [row["id"] for row in store.call("GET", f"carts/{query}").json()["results"]]


def test_cart_has_neither_tax_nor_shipping(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes({**VAT, "country": "US"})
    cart = create_cart(sandbox_store, lines=[{"product_id": 11, "quantity": 2}])
    assert (cart["total_excl_tax"], cart["total_incl_tax"]) == ("38.00", "38.00")
    [line] = cart["lines"]
    assert (line["price_incl_tax"], line["quantity"], line["variant_id"]) == ("38.00", 2, 11)
    assert (cart["status"], cart["abandoned"]) == ("Open", False)
    assert cart["user"]["email"] == "ada@example.com"


def test_codes_and_site_offers_lower_a_cart(sandbox_store: SandboxStore) -> None:
    sale = {"id": 3, "name": "Sale", "kind": "percent", "value": "50", "is_site_offer": True}
    sandbox_store.set_discounts(coupons=[WELCOME], offers=[sale])
    cart = create_cart(sandbox_store, vouchers=["welcome10"])
    assert (cart["total_discount"], cart["total_incl_tax"]) == ("10.45", "8.55")
    assert cart["lines"][0]["total_discount"] == "10.45"
    [discount] = cart["voucher_discounts"]
    assert (discount["voucher"]["code"], discount["amount"]) == ("WELCOME10", "0.95")
    assert "offer_discounts" not in cart


def test_code_that_gives_nothing_is_left_out(sandbox_store: SandboxStore) -> None:
    """Among them a code for shipping, which a cart does not have."""
    free = {"code": "SHIPFREE", "kind": "free_shipping"}
    sandbox_store.set_discounts(coupons=[{**WELCOME, "min_quantity": 2}, free])
    cart = create_cart(sandbox_store, vouchers=["WELCOME10", "NONE", "SHIPFREE"])
    assert (cart["voucher_discounts"], cart["total_discount"]) == ([], "0.00")
    cart = update_cart(sandbox_store, cart, lines=[{"product_id": 11, "quantity": 2}])
    assert cart["voucher_discounts"][0]["amount"] == "3.80"


def test_carts_can_refuse_codes(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(cart_codes="refuse")
    response = sandbox_store.call("POST", "carts/", cart_body(vouchers=["None"]))
    assert response.status_code == 400
    assert response.json() == {"vouchers": ['"None" is not a valid voucher.']}
    assert sandbox_store.carts() == []


def test_customer_has_one_open_cart(sandbox_store: SandboxStore) -> None:
    first = create_cart(sandbox_store)
    second = create_cart(sandbox_store, user={"email": "ADA@example.com"}, lines=[{**GREEN, "quantity": 3}])
    assert second["id"] == first["id"]
    assert [line["quantity"] for line in second["lines"]] == [3]
    by_id = create_cart(sandbox_store, user={"id": first["user"]["id"]})
    assert by_id["id"] == first["id"]
    assert create_cart(sandbox_store, user={"email": "eve@example.com"})["id"] != first["id"]


def test_ten_simultaneous_carts_of_a_customer_are_one(sandbox_store: SandboxStore) -> None:
    with ThreadPoolExecutor(10) as pool:
        carts = list(pool.map(lambda _: create_cart(sandbox_store), range(10)))
    assert len({cart["id"] for cart in carts}) == len(sandbox_store.carts()) == 1


def test_update_changes_lines_codes_attribution_and_metadata_only(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(coupons=[WELCOME])
    cart = create_cart(sandbox_store, vouchers=["WELCOME10"], metadata={"a": 1})
    eve = {"email": "eve@example.com"}
    cart = update_cart(sandbox_store, cart, lines=[{**GREEN, "quantity": 2}], user=eve, currency="EUR")
    assert (cart["currency"], cart["user"]["email"]) == ("USD", "ada@example.com")
    assert (cart["total_incl_tax"], cart["metadata"]) == ("34.20", {"a": 1})
    cart = update_cart(
        sandbox_store, cart, lines=[GREEN], vouchers=None, attribution={"utm_source": "mail"}, metadata=None
    )
    assert (cart["total_incl_tax"], cart["voucher_discounts"], cart["metadata"]) == ("19.00", [], {})
    assert cart["attribution"]["utm_source"] == "mail"


def test_list_leaves_anonymous_carts_out(sandbox_store: SandboxStore) -> None:
    anonymous = create_cart(sandbox_store, user={})
    assert anonymous["user"]["email"] is None
    cart = create_cart(sandbox_store, attribution={"utm_source": "mail", "funnel": "spring"})
    assert listed_carts(sandbox_store) == [cart["id"]]
    assert [row["id"] for row in sandbox_store.carts()] == [anonymous["id"], cart["id"]]
    assert listed_carts(sandbox_store, "?utm_source=mail&funnels=spring&currency=USD") == [cart["id"]]
    for query in ("?utm_source=web", "?funnels=fall", "?currency=EUR", "?abandoned=true"):
        assert listed_carts(sandbox_store, query) == []


def test_deleted_cart_is_gone(sandbox_store: SandboxStore) -> None:
    path = f"carts/{create_cart(sandbox_store)['id']}/"
    assert sandbox_store.call("DELETE", path).status_code == 204
    for method in ("GET", "PUT", "DELETE"):
        assert sandbox_store.call(method, path, {"lines": [GREEN]}).status_code == 404


def test_cart_of_another_store_is_not_found(sandbox: Any, sandbox_store: SandboxStore) -> None:
    other = sandbox.create_store()
    path = f"carts/{create_cart(other)['id']}/"
    assert sandbox_store.call("GET", path).status_code == 404
    other.delete()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"lines": []}, {"lines": {"non_field_errors": ["This list may not be empty."]}}),
        (
            {"lines": [{"product_id": 99, "quantity": 1}]},
            {"lines": [{"product_id": ['Invalid pk "99" - object does not exist.']}]},
        ),
        ({"lines": [{"product_id": 12, "quantity": 9}]}, {"lines": [{"quantity": ["Not enough stock."]}]}),
        ({"currency": "EUR"}, {"currency": ["Currency is not available."]}),
        ({"user": {"id": 999}}, {"user": {"id": ['Invalid pk "999" - object does not exist.']}}),
    ],
)
def test_invalid_cart_is_refused(
    sandbox_store: SandboxStore, changes: dict[str, Any], error: dict[str, Any]
) -> None:
    response = sandbox_store.call("POST", "carts/", cart_body(**changes))
    assert response.status_code == 400
    assert response.json() == error
    assert sandbox_store.carts() == []


def test_cart_is_abandoned_after_thirty_minutes(sandbox_store: SandboxStore, listener: Listener) -> None:
    sandbox_store.add_webhook(listener.webhook_url, "cart.abandoned")
    cart = create_cart(sandbox_store)
    create_cart(sandbox_store, user={})
    sandbox_store.advance_clock(seconds=1700)
    update_cart(sandbox_store, cart, lines=[GREEN])
    sandbox_store.advance_clock(seconds=1700)
    assert sandbox_store.deliveries() == []
    sandbox_store.advance_clock(seconds=200)
    [delivery] = sandbox_store.wait_for_deliveries()
    assert (delivery["event_type"], delivery["subject_id"]) == ("cart.abandoned", cart["id"])
    assert listed_carts(sandbox_store, "?abandoned=true") == [cart["id"]]
    assert update_cart(sandbox_store, cart, lines=[GREEN])["abandoned"] is False


def test_order_closes_the_cart_of_its_customer(sandbox_store: SandboxStore) -> None:
    cart = create_cart(sandbox_store, attribution={"utm_source": "mail"})
    other = create_cart(sandbox_store, user={"email": "eve@example.com"})
    answer = sandbox_store.call("POST", "orders/", order_body(attribution={})).json()
    assert sandbox_store.call("GET", f"carts/{cart['id']}/").status_code == 200
    sandbox_store.pay(answer["payment_complete_url"])
    assert sandbox_store.call("GET", f"carts/{cart['id']}/").status_code == 404
    assert [row["id"] for row in sandbox_store.carts()] == [other["id"]]
    assert sandbox_store.orders()[0]["attribution"]["utm_source"] == "mail"
    assert sandbox_store.advance_clock(seconds=1801)


def test_order_with_attribution_keeps_its_own(sandbox_store: SandboxStore) -> None:
    create_cart(sandbox_store, attribution={"utm_source": "mail"})
    body = card_order_body(attribution={"utm_source": "web"})
    assert sandbox_store.call("POST", "orders/", body).json()["attribution"]["utm_source"] == "web"


def test_requests_and_answers_match_the_description(
    description: ApiDescription, sandbox_store: SandboxStore
) -> None:
    sandbox_store.set_discounts(coupons=[WELCOME])
    plan = {"interval": "month", "interval_count": 1}
    lines = [{**GREEN, "price": "18.00", "metadata": {"a": 1}}, {**GREEN, "subscription": plan}]
    attribution = {"utm_source": "mail"}
    body = cart_body(lines=lines, vouchers=["WELCOME10"], attribution=attribution, metadata={"a": 1})
    description.check_request("cartsCreate", body)
    response = sandbox_store.call("POST", "carts/", body)
    description.check_response("cartsCreate", response)
    path = f"carts/{response.json()['id']}/"
    description.check_response("cartsRetrieve", sandbox_store.call("GET", path))
    description.check_response("cartsList", sandbox_store.call("GET", "carts/"))
    update = {"lines": lines, "vouchers": [], "attribution": attribution, "metadata": {}}
    description.check_request("cartsUpdate", update)
    description.check_response("cartsUpdate", sandbox_store.call("PUT", path, update))
    description.check_response("cartsDestroy", sandbox_store.call("DELETE", path))
    anonymous = sandbox_store.call("POST", "carts/", {"lines": lines})
    description.check_response("cartsCreate", anonymous)


def test_event_matches_the_description(
    description: ApiDescription, sandbox_store: SandboxStore, listener: Listener
) -> None:
    sandbox_store.add_webhook(listener.webhook_url, "cart.abandoned")
    create_cart(sandbox_store)
    sandbox_store.advance_clock(seconds=1800)
    [post] = listener.wait(1)
    description.check(json.loads(post.body)["data"], "components", "schemas", "CartDetail")
