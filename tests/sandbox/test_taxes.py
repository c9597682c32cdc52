"""Taxes: which rates apply where, in prices or on top of them, and how they are rounded and shown."""

from typing import Any

import pytest

from tests.sandbox.order_bodies import ADDRESS, GERMAN_ADDRESS, VAT, card_order_body, order_body
from tests.sandbox_process import SandboxStore

NEW_YORK = {"country": "US", "states": ["NY"], "percent": "8.875", "title": "NY tax", "taxes_shipping": True}
FEDERAL = {"country": "US", "percent": "5", "title": "Federal tax"}
SHIPPING = {
    "id": 1,
    "code": "standard",
    "name": "Standard",
    "countries": [],
    "prices": {"USD": "4.99"},
}


def make_catalog(*prices: str, **product: Any) -> dict[str, Any]:
    """Return a catalog with one product for each price, variants 1, 2 and so on."""
    products = [
        {
            "id": 100 + number,
            "title": "Thing",
            "variants": [{"id": number, "price": price, "stock": None}],
            **product,
        }
        for number, price in enumerate(prices, start=1)
    ]
    return {"products": products, "shipping_methods": [SHIPPING]}


def place_order(store: SandboxStore, *quantities: int, **changes: Any) -> dict[str, Any]:
    """Order ``quantities`` of variants 1, 2 and so on. Without any, order a green mug."""
    if quantities:
        changes["lines"] = [
            {"product_id": number, "quantity": quantity}
            for number, quantity in enumerate(quantities, start=1)
        ]
    response = store.call("POST", "orders/", card_order_body(**changes))
    assert response.status_code == 201, response.text
    return response.json()  # type: ignore[no-any-return]


def amounts_of(row: dict[str, Any]) -> tuple[str, ...]:
    return row["price_excl_tax"], row["price_incl_tax"]


def rates_of(rows: list[dict[str, Any]]) -> list[tuple[str, float, str]]:
    return [(row["tax_title"], row["rate"], row["amount"]) for row in rows]


def test_store_without_rates_has_no_tax(sandbox_store: SandboxStore) -> None:
    order = place_order(sandbox_store)
    assert (order["total_tax"], order["total_incl_tax"], order["display_taxes"]) == ("0.00", "24.00", "")
    assert order["tax_lines"] == order["shipping_tax_lines"] == order["lines"][0]["tax_lines"] == []


def test_exclusive_tax_is_added_to_prices_and_shipping(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes(VAT)
    order = place_order(sandbox_store, shipping_address=GERMAN_ADDRESS)
    assert amounts_of(order["lines"][0]) == ("19.00", "22.61")
    assert (order["shipping_excl_tax"], order["shipping_incl_tax"]) == ("5.00", "5.95")
    assert (order["shipping_tax"], order["total_tax"]) == ("0.95", "4.56")
    assert (order["total_excl_tax"], order["total_incl_tax"]) == ("24.00", "28.56")
    assert order["display_taxes"] == "VAT"
    assert rates_of(order["lines"][0]["tax_lines"]) == [("VAT", 0.19, "3.61")]
    assert rates_of(order["shipping_tax_lines"]) == [("VAT", 0.19, "0.95")]
    assert rates_of(order["tax_lines"]) == [("VAT", 0.19, "4.56")]


def test_inclusive_tax_is_taken_out_of_prices_and_shipping(sandbox_store: SandboxStore) -> None:
    sandbox_store.configure(catalogue=make_catalog("45.00"))
    sandbox_store.set_taxes({**VAT, "percent": "20"}, mode="inclusive")
    order = place_order(sandbox_store, 1, shipping_address=GERMAN_ADDRESS)
    assert amounts_of(order["lines"][0]) == ("37.50", "45.00")
    assert (order["shipping_excl_tax"], order["shipping_incl_tax"]) == ("4.16", "4.99")
    assert (order["total_incl_tax"], order["total_tax"]) == ("49.99", "8.33")


def test_currency_has_its_own_mode(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes(VAT, mode="exclusive", modes={"USD": "inclusive"})
    assert place_order(sandbox_store, shipping_address=GERMAN_ADDRESS)["total_incl_tax"] == "24.00"


def test_shipping_is_taxed_only_by_rates_that_say_so(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes({**VAT, "taxes_shipping": False})
    order = place_order(sandbox_store, shipping_address=GERMAN_ADDRESS)
    assert (order["shipping_tax"], order["total_incl_tax"]) == ("0.00", "27.61")
    assert order["shipping_tax_lines"] == []


def test_rate_of_a_state_replaces_the_rate_of_its_country(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes(FEDERAL, NEW_YORK)
    order = place_order(sandbox_store)
    assert rates_of(order["lines"][0]["tax_lines"]) == [("NY tax", 0.08875, "1.69")]
    order = place_order(sandbox_store, shipping_address={**ADDRESS, "state": "OR"})
    assert rates_of(order["lines"][0]["tax_lines"]) == [("Federal tax", 0.05, "0.95")]


def test_state_is_compared_without_case(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes({**NEW_YORK, "states": ["ca", "ny"]})
    order = place_order(sandbox_store, shipping_address={**ADDRESS, "state": "Ny"})
    assert order["total_tax"] == "2.13"


def test_compound_rates_add_up(sandbox_store: SandboxStore) -> None:
    """5% and 8.875% are 13.875% of 19.00, 2.64, which the two lines share."""
    sandbox_store.set_taxes({**FEDERAL, "is_compound": True}, {**NEW_YORK, "is_compound": True})
    order = place_order(sandbox_store)
    [line] = order["lines"]
    assert amounts_of(line) == ("19.00", "21.64")
    assert rates_of(line["tax_lines"]) == [("Federal tax", 0.05, "0.95"), ("NY tax", 0.08875, "1.69")]
    assert rates_of(order["shipping_tax_lines"]) == [("NY tax", 0.08875, "0.44")]
    assert order["display_taxes"] == "Federal tax, NY tax"


def test_state_rate_that_is_not_compound_stands_alone(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes({**FEDERAL, "is_compound": True}, NEW_YORK)
    assert place_order(sandbox_store)["lines"][0]["price_incl_tax"] == "20.69"


def test_category_rate_replaces_the_others_for_its_products(sandbox_store: SandboxStore) -> None:
    sandbox_store.configure(catalogue=make_catalog("100.00", categories=["Books", "Gifts"]))
    books = {**VAT, "percent": "7", "title": "Reduced VAT", "category": "Books", "is_compound": True}
    sandbox_store.set_taxes({**VAT, "is_compound": True}, books)
    order = place_order(sandbox_store, 1, shipping_address=GERMAN_ADDRESS)
    assert rates_of(order["lines"][0]["tax_lines"]) == [("Reduced VAT", 0.07, "7.00")]
    assert rates_of(order["shipping_tax_lines"]) == [("VAT", 0.19, "0.95")]
    [product] = sandbox_store.call("GET", "products/").json()["results"]
    assert [row["name"] for row in product["categories"]] == ["Books", "Gifts"]


def test_category_of_other_products_taxes_nothing(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes({**VAT, "category": "Books"})
    assert place_order(sandbox_store, shipping_address=GERMAN_ADDRESS)["total_tax"] == "0.00"


def test_category_exempt_by_a_rate_of_zero(sandbox_store: SandboxStore) -> None:
    sandbox_store.configure(catalogue=make_catalog("100.00", categories=["Clothing"]))
    sandbox_store.set_taxes(NEW_YORK, {**NEW_YORK, "percent": "0", "category": "Clothing"})
    order = place_order(sandbox_store, 1)
    assert (order["lines"][0]["tax_lines"], order["total_tax"]) == ([], "0.44")


@pytest.mark.parametrize(
    ("rounding", "taxes"),
    [("line", ["2.17", "0.72"]), ("unit", ["2.16", "0.72"]), ("order", ["2.18", "0.72"])],
)
def test_rounding(sandbox_store: SandboxStore, rounding: str, taxes: list[str]) -> None:
    """7.25% of 3 x 9.99 is 2.172825, and of 9.99 it is 0.724275; together 2.8971, rounded to 2.90."""
    sandbox_store.configure(catalogue=make_catalog("9.99", "9.99"))
    sandbox_store.set_taxes({"country": "US", "percent": "7.25"}, rounding=rounding)
    order = place_order(sandbox_store, 3, 1)
    assert [line["tax_lines"][0]["amount"] for line in order["lines"]] == taxes


def test_half_a_cent_rounds_up(sandbox_store: SandboxStore) -> None:
    sandbox_store.configure(catalogue=make_catalog("0.50"))
    sandbox_store.set_taxes({"country": "US", "percent": "5"})
    assert place_order(sandbox_store, 1)["total_tax"] == "0.03"


def test_yen_are_whole_with_two_places(sandbox_store: SandboxStore) -> None:
    catalog = make_catalog("999")
    catalog["shipping_methods"] = [{**SHIPPING, "prices": {"JPY": "500"}}]
    sandbox_store.configure(currency="JPY", catalogue=catalog)
    sandbox_store.set_taxes({"country": "US", "percent": "10", "taxes_shipping": True})
    order = place_order(sandbox_store, 1, currency="JPY")
    assert amounts_of(order["lines"][0]) == ("999.00", "1099.00")
    assert (order["total_tax"], order["total_incl_tax"]) == ("150.00", "1649.00")


def test_digital_goods_follow_the_billing_address(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes(NEW_YORK, VAT)
    order = place_order(
        sandbox_store,
        lines=[{"product_id": 21, "quantity": 1}, {"product_id": 11, "quantity": 1}],
        billing_address=GERMAN_ADDRESS,
        billing_same_as_shipping_address=False,
    )
    assert [line["tax_lines"][0]["tax_title"] for line in order["lines"]] == ["VAT", "NY tax"]
    assert order["shipping_tax_lines"][0]["tax_title"] == "NY tax"


def test_digital_goods_can_be_exempt(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes(NEW_YORK, taxes_digital_products=False)
    order = place_order(sandbox_store, lines=[{"product_id": 21, "quantity": 1}])
    assert order["total_tax"] == "0.00"


def test_order_tax_lines_can_leave_shipping_out_and_rates_can_be_percentages(
    sandbox_store: SandboxStore,
) -> None:
    sandbox_store.set_taxes(VAT, order_tax_lines_include_shipping=False, rate_format="percent")
    order = place_order(sandbox_store, shipping_address=GERMAN_ADDRESS)
    assert rates_of(order["tax_lines"]) == [("VAT", 19.0, "3.61")]
    assert order["total_tax"] == "4.56"


def test_upsell_is_taxed_like_its_order(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes(VAT)
    url = sandbox_store.call("POST", "orders/", order_body(shipping_address=GERMAN_ADDRESS)).json()
    sandbox_store.pay(url["payment_complete_url"])
    lines = [{"product_id": 12, "quantity": 1, "price": "10.00", "is_upsell": True}]
    order = sandbox_store.call("POST", "orders/100001/add-line-items/", {"lines": lines}).json()
    assert amounts_of(order["lines"][1]) == ("10.00", "11.90")
    assert [row["amount"] for row in sandbox_store.charges()] == ["28.56", "11.90"]
    assert order["total_outstanding"] == "0.00"


@pytest.mark.parametrize(("mode", "amount"), [("exclusive", "23.80"), ("inclusive", "20.00")])
def test_renewal_is_taxed_like_its_first_order(sandbox_store: SandboxStore, mode: str, amount: str) -> None:
    sandbox_store.set_taxes(VAT, mode=mode)
    plan = {"interval": "month", "interval_count": 1, "price": "15.00"}
    body = order_body(
        lines=[{"product_id": 11, "quantity": 1, "subscription": plan}], shipping_address=GERMAN_ADDRESS
    )
    sandbox_store.pay(sandbox_store.call("POST", "orders/", body).json()["payment_complete_url"])
    sandbox_store.advance_clock(days=31)
    assert sandbox_store.charges()[-1]["amount"] == amount
    assert sandbox_store.orders()[-1]["total_incl_tax"] == amount


def test_refunded_units_and_shipping_carry_their_tax(sandbox_store: SandboxStore) -> None:
    """19.00 and 3.61 tax three times is 67.83; one unit costs 22.61, shipping 5.95."""
    sandbox_store.set_taxes(VAT)
    body = order_body(lines=[{"product_id": 11, "quantity": 3}], shipping_address=GERMAN_ADDRESS)
    sandbox_store.pay(sandbox_store.call("POST", "orders/", body).json()["payment_complete_url"])
    line = sandbox_store.orders()[0]["lines"][0]["id"]
    request = {
        "refund_lines": [{"line_id": line, "quantity": 1, "restock_type": "cancel"}],
        "refund_shipping": {"amount_excl_tax": "2.00"},
    }
    preview = sandbox_store.call("POST", "orders/100001/refund/calculate/", request).json()
    assert (preview["amount_excl_tax"], preview["total_tax"]) == ("21.00", "3.99")
    assert preview["refund_lines"][0]["amount_incl_tax"] == "22.61"
    assert preview["refund_shipping"]["amount_incl_tax"] == "2.38"
    order = sandbox_store.edit_order("100001", cancel={"full_refund": True})
    [refund] = order["refunds"]
    assert (refund["total_return_excl_tax"], refund["total_return_incl_tax"]) == ("62.00", "73.78")
    assert refund["adjustments"][0]["amount_incl_tax"] == "5.95"


def test_units_refunded_one_by_one_add_up_to_their_line(sandbox_store: SandboxStore) -> None:
    """The tax of 2.10 on three units of 9.99 makes 32.07."""
    sandbox_store.set_taxes({"country": "US", "percent": "7"})
    body = order_body(lines=[{"product_id": 11, "quantity": 3, "price": "9.99"}])
    sandbox_store.pay(sandbox_store.call("POST", "orders/", body).json()["payment_complete_url"])
    [order] = sandbox_store.orders()
    assert order["lines"][0]["price_incl_tax"] == "32.07"
    charge, line = order["transactions"][0]["id"], order["lines"][0]["id"]
    row = {"line_id": line, "quantity": 1, "restock_type": "cancel"}
    path = "orders/100001/refund/"
    returned = [
        sandbox_store.call(
            "POST", path, {"transactions": [{"id": charge, "amount": "10.69"}], "refund_lines": [row]}
        ).json()["total_return_incl_tax"]
        for _ in range(3)
    ]
    assert returned == ["10.69", "10.69", "10.69"]


def test_removed_unit_takes_its_tax_along(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes(VAT)
    body = order_body(lines=[{"product_id": 11, "quantity": 3}], shipping_address=GERMAN_ADDRESS)
    sandbox_store.pay(sandbox_store.call("POST", "orders/", body).json()["payment_complete_url"])
    line = sandbox_store.orders()[0]["lines"][0]["id"]
    order = sandbox_store.edit_order("100001", remove_line={"line_id": line, "quantity": 1})
    assert amounts_of(order["lines"][0]) == ("38.00", "45.22")
    assert rates_of(order["lines"][0]["tax_lines"]) == [("VAT", 0.19, "7.22")]
    assert (order["total_tax"], order["tax_lines"][0]["amount"]) == ("8.17", "8.17")


@pytest.mark.parametrize("taxes", [{"mode": "none"}, {"rate": []}, {"rates": [{"percent": "5"}]}])
def test_invalid_tax_settings_are_refused(sandbox_store: SandboxStore, taxes: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="400"):
        sandbox_store.configure(taxes=taxes)


def test_hosted_page_shows_the_tax(sandbox_store: SandboxStore) -> None:
    sandbox_store.set_taxes(VAT)
    url = sandbox_store.call("POST", "orders/", order_body(shipping_address=GERMAN_ADDRESS)).json()
    page = sandbox_store.call("GET", url["payment_complete_url"]).text
    assert "4.56" in page
    assert "28.56 USD" in page
