"""Coupons and offers: what they take off, when they count, and how answers show them."""

from typing import Any

import pytest

from tests.sandbox.api_description import ApiDescription
from tests.sandbox.order_bodies import GERMAN_ADDRESS, VAT, card_order_body, order_body
from tests.sandbox_process import SandboxStore

WELCOME = {"code": "WELCOME10", "kind": "percent", "value": "10"}
SAVE = {"code": "SAVE5", "kind": "amount", "value": "5.00"}
FREE_SHIPPING = {"code": "SHIPFREE", "kind": "free_shipping"}
SALE = {"id": 3, "name": "Summer sale", "kind": "percent", "value": "50"}
GREEN_AND_BLUE = [{"product_id": 11, "quantity": 1}, {"product_id": 12, "quantity": 2}]
INVALID = '"{}" is not a valid voucher.'


def create_order(store: SandboxStore, *codes: str, **changes: Any) -> Any:
    return store.call("POST", "orders/", card_order_body(vouchers=list(codes), **changes))


def place_order(store: SandboxStore, *codes: str, **changes: Any) -> dict[str, Any]:
    """Order a green mug for 19.00 and shipping for 5.00, unless ``changes`` differ."""
    response = create_order(store, *codes, **changes)
    assert response.status_code == 201, response.text
    return response.json()  # type: ignore[no-any-return]


def discounts_of(order: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["voucher"]["code"], row["amount"]) for row in order["voucher_discounts"]]


def test_percent_off_products(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(coupons=[{**WELCOME, "name": "Welcome", "description": "10% off"}])
    order = place_order(sandbox_store, "WELCOME10")
    [line] = order["lines"]
    assert (line["price_incl_tax"], line["total_discount"]) == ("17.10", "1.90")
    assert (order["total_discount"], order["total_incl_tax"]) == ("1.90", "22.10")
    [discount] = order["voucher_discounts"]
    assert (discount["amount"], discount["name"], discount["description"]) == ("1.90", "Welcome", "10% off")
    assert discount["voucher"]["code"] == "WELCOME10"
    assert order["offer_discounts"] == []


def test_amount_is_spread_over_lines_to_the_cent(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(coupons=[SAVE])
    order = place_order(sandbox_store, "SAVE5", lines=GREEN_AND_BLUE)
    assert [line["total_discount"] for line in order["lines"]] == ["1.53", "3.47"]
    assert order["total_incl_tax"] == "62.00"


def test_amount_is_at_most_the_price(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(coupons=[{**SAVE, "value": "50.00"}])
    assert place_order(sandbox_store, "SAVE5")["total_incl_tax"] == "5.00"


def test_percent_of_the_cart_is_rounded_once(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(coupons=[{**WELCOME, "kind": "cart_percent", "value": "33"}])
    order = place_order(sandbox_store, "WELCOME10", lines=GREEN_AND_BLUE)
    assert (order["total_discount"], order["total_incl_tax"]) == ("20.46", "46.54")


@pytest.mark.parametrize(
    ("kind", "value", "shipping"),
    [
        ("free_shipping", "0", "0.00"),
        ("shipping_percent", "25", "3.75"),
        ("shipping_amount", "2.00", "3.00"),
        ("shipping_amount", "9.00", "0.00"),
        ("shipping_price", "1.50", "1.50"),
    ],
)
def test_discounts_on_shipping(sandbox_store: SandboxStore, kind: str, value: str, shipping: str) -> None:
    sandbox_store.set_discounts(coupons=[{"code": "SHIP", "kind": kind, "value": value}])
    order = place_order(sandbox_store, "SHIP")
    assert order["shipping_incl_tax"] == shipping
    assert order["lines"][0]["total_discount"] == "0.00"
    assert order["total_discount"] == order["voucher_discounts"][0]["amount"]


def test_tax_is_reckoned_after_discounts(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes(VAT)
    sandbox_store.set_discounts(coupons=[WELCOME, FREE_SHIPPING])
    order = place_order(sandbox_store, "WELCOME10", "SHIPFREE", shipping_address=GERMAN_ADDRESS)
    assert (order["total_excl_tax"], order["total_tax"]) == ("17.10", "3.25")
    sandbox_store.set_taxes(VAT, mode="inclusive")
    order = place_order(sandbox_store, "WELCOME10", shipping_address=GERMAN_ADDRESS)
    assert (order["total_incl_tax"], order["total_discount"]) == ("22.10", "1.90")


@pytest.mark.parametrize("code", ["welcome10", "Welcome10"])
def test_case_of_a_code_makes_no_difference(sandbox_store: SandboxStore, code: str) -> None:
    sandbox_store.set_discounts(coupons=[WELCOME])
    assert discounts_of(place_order(sandbox_store, code, "WELCOME10")) == [("WELCOME10", "1.90")]


def test_products_and_categories_limit_a_coupon(sandbox_store: SandboxStore) -> None:
    guide = {"product_id": 21, "quantity": 1}
    sandbox_store.set_discounts(coupons=[{**WELCOME, "products": [2]}, {**SAVE, "categories": ["Books"]}])
    order = place_order(sandbox_store, "WELCOME10", lines=[*GREEN_AND_BLUE, guide])
    assert [line["total_discount"] for line in order["lines"]] == ["0.00", "0.00", "0.73"]
    assert create_order(sandbox_store, "SAVE5").status_code == 400


@pytest.mark.parametrize(
    "condition",
    [
        {"min_quantity": 2},
        {"min_total": "19.01"},
        {"currency": "EUR"},
        {"only_subscriptions": True},
        {"products": [2]},
        {"max_uses": 0},
        {"start": "2090-01-01T00:00:00Z"},
        {"end": "2021-01-01T00:00:00Z"},
    ],
)
def test_order_with_a_code_that_gives_nothing_is_refused(
    sandbox_store: SandboxStore, condition: dict[str, Any]
) -> None:
    sandbox_store.set_discounts(coupons=[{**WELCOME, **condition}])
    response = create_order(sandbox_store, "WELCOME10")
    assert response.status_code == 400
    assert response.json() == {"vouchers": [INVALID.format("WELCOME10")]}


def test_orders_can_ignore_codes_that_give_nothing(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(coupons=[WELCOME], order_codes="ignore")
    assert discounts_of(place_order(sandbox_store, "NONE", "WELCOME10")) == [("WELCOME10", "1.90")]


def test_coupon_is_used_up(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(coupons=[{**WELCOME, "max_uses": 1}])
    place_order(sandbox_store, "WELCOME10")
    assert create_order(sandbox_store, "WELCOME10").status_code == 400


def test_coupon_is_used_when_its_order_exists(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(coupons=[{**WELCOME, "max_uses": 1}])
    urls = [
        sandbox_store.call("POST", "orders/", order_body(vouchers=["WELCOME10"])).json() for _ in range(2)
    ]
    sandbox_store.pay(urls[0]["payment_complete_url"])
    assert create_order(sandbox_store, "WELCOME10").status_code == 400


def test_coupon_can_be_for_one_use_by_a_customer(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(coupons=[{**WELCOME, "once_per_customer": True}])
    place_order(sandbox_store, "WELCOME10")
    ada = {"email": "ADA@example.com"}
    assert create_order(sandbox_store, "welcome10", user=ada).status_code == 400
    assert place_order(sandbox_store, "WELCOME10", user={"email": "eve@example.com"})["total_discount"] == (
        "1.90"
    )


def test_coupons_beyond_the_limit_give_nothing(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(coupons=[WELCOME, SAVE], coupon_limit=1, order_codes="ignore")
    assert discounts_of(place_order(sandbox_store, "SAVE5", "WELCOME10")) == [("SAVE5", "5.00")]


def test_offers_come_before_coupons(sandbox_store: SandboxStore) -> None:
    """19.00 less 50% is 9.50, and 10% of that is 0.95."""
    sandbox_store.set_discounts(coupons=[WELCOME], offers=[SALE])
    order = place_order(sandbox_store, "WELCOME10", offers=[3])
    assert discounts_of(order) == [("WELCOME10", "0.95")]
    assert order["offer_discounts"] == [
        {"amount": "9.50", "description": "Summer sale", "name": "Summer sale"}
    ]
    assert (order["total_discount"], order["total_incl_tax"]) == ("10.45", "13.55")


def test_unknown_offer_is_refused(sandbox_store: SandboxStore) -> None:
    response = create_order(sandbox_store, offers=[9])
    assert response.status_code == 400
    assert response.json() == {"offers": ['Invalid pk "9" - object does not exist.']}


@pytest.mark.parametrize(("applies", "total"), [(False, "24.00"), (True, "14.50")])
def test_site_offers_reach_orders_only_by_a_setting(
    sandbox_store: SandboxStore, applies: bool, total: str
) -> None:
    sandbox_store.set_discounts(offers=[{**SALE, "is_site_offer": True}], site_offers_on_orders=applies)
    assert place_order(sandbox_store)["total_incl_tax"] == total


@pytest.mark.parametrize(("custom_prices", "total"), [(True, "14.00"), (False, "15.00")])
def test_discounts_reach_custom_prices_by_a_setting(
    sandbox_store: SandboxStore, custom_prices: bool, total: str
) -> None:
    sandbox_store.set_discounts(coupons=[WELCOME], custom_prices=custom_prices, order_codes="ignore")
    line = {"product_id": 11, "quantity": 1, "price": "10.00"}
    assert place_order(sandbox_store, "WELCOME10", lines=[line])["total_incl_tax"] == total


def test_products_can_be_exempt_from_discounts(sandbox_store: SandboxStore) -> None:
    catalog = sandbox_store.settings["catalogue"]
    catalog["products"][0]["is_discountable"] = False
    sandbox_store.configure(catalogue=catalog)
    sandbox_store.set_discounts(coupons=[{**WELCOME, "kind": "cart_percent"}])
    assert create_order(sandbox_store, "WELCOME10").status_code == 400
    guide = {"product_id": 21, "quantity": 1}
    assert place_order(sandbox_store, "WELCOME10", lines=[*GREEN_AND_BLUE, guide])["total_discount"] == (
        "0.73"
    )
    assert sandbox_store.call("GET", "products/1/").json()["is_discountable"] is False


def test_discounts_can_be_netted_into_lines(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(coupons=[WELCOME, FREE_SHIPPING], net_into_lines=True)
    order = place_order(sandbox_store, "WELCOME10", "SHIPFREE")
    assert (order["total_incl_tax"], order["total_discount"]) == ("17.10", "0.00")
    assert (order["lines"][0]["price_incl_tax"], order["lines"][0]["total_discount"]) == ("17.10", "0.00")
    assert order["voucher_discounts"] == []


@pytest.mark.parametrize(("first_order_only", "amount"), [(True, "20.00"), (False, "18.50")])
def test_coupon_on_renewals(sandbox_store: SandboxStore, first_order_only: bool, amount: str) -> None:
    sandbox_store.set_discounts(coupons=[{**WELCOME, "first_order_only": first_order_only}])
    plan = {"interval": "month", "interval_count": 1, "price": "15.00"}
    lines = [{"product_id": 11, "quantity": 1, "subscription": plan}]
    body = order_body(lines=lines, vouchers=["WELCOME10"])
    sandbox_store.pay(sandbox_store.call("POST", "orders/", body).json()["payment_complete_url"])
    sandbox_store.advance_clock(days=31)
    assert [row["amount"] for row in sandbox_store.charges()] == ["22.10", amount]


def test_upsell_gets_no_discount_and_refunds_what_was_paid(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(coupons=[WELCOME])
    body = order_body(lines=[{"product_id": 11, "quantity": 3}], vouchers=["WELCOME10"])
    sandbox_store.pay(sandbox_store.call("POST", "orders/", body).json()["payment_complete_url"])
    upsell = {"lines": [{"product_id": 12, "quantity": 1, "is_upsell": True}]}
    order = sandbox_store.call("POST", "orders/100001/add-line-items/", upsell).json()
    assert [line["total_discount"] for line in order["lines"]] == ["5.70", "0.00"]
    request = {"refund_lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]}
    preview = sandbox_store.call("POST", "orders/100001/refund/calculate/", request).json()
    assert preview["amount_incl_tax"] == "17.10"
    line = order["lines"][0]["id"]
    order = sandbox_store.edit_order("100001", remove_line={"line_id": line, "quantity": 1})
    assert (order["lines"][0]["total_discount"], order["original_total_discount"]) == ("3.80", "5.70")


def test_orders_are_filtered_by_code_and_offer(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(coupons=[WELCOME], offers=[SALE])
    place_order(sandbox_store, "WELCOME10")
    place_order(sandbox_store, offers=[3])
    place_order(sandbox_store)
    for query, numbers in {"coupon_code=welcome10": ["100001"], "offers=3": ["100002"]}.items():
        rows = sandbox_store.call("GET", f"orders/?{query}").json()["results"]
        assert [row["number"] for row in rows] == numbers


def test_hosted_page_shows_the_discount(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_discounts(coupons=[WELCOME])
    answer = sandbox_store.call("POST", "orders/", order_body(vouchers=["WELCOME10"])).json()
    page = sandbox_store.call("GET", answer["payment_complete_url"]).text
    assert "-1.90" in page
    assert "22.10 USD" in page


def test_discounts_match_the_description(description: ApiDescription, sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes(VAT)
    sandbox_store.set_discounts(coupons=[WELCOME], offers=[SALE])
    response = create_order(sandbox_store, "WELCOME10", offers=[3], shipping_address=GERMAN_ADDRESS)
    assert response.json()["offer_discounts"]
    assert response.json()["voucher_discounts"]
    description.check_response("ordersCreate", response)


@pytest.mark.parametrize(
    "discounts", [{"coupon": []}, {"coupons": [{**WELCOME, "code": "TWO WORDS"}]}, {"offers": [WELCOME]}]
)
def test_invalid_discount_settings_are_refused(
    sandbox_store: SandboxStore, discounts: dict[str, Any]
) -> None:
    with pytest.raises(AssertionError, match="400"):
        sandbox_store.configure(discounts=discounts)
