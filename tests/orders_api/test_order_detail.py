"""`GET /v1/orders/{order_number}`, and the fields of an order."""

from decimal import Decimal

import pytest

from tests.api_client import ApiClient, error_summary, success_data
from tests.factories import make_order

ADDRESS = {
    "name": "Ada Lovelace",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "line1": "12 Main Street",
    "city": "Monsey",
    "state": "NY",
    "postal_code": "10952",
    "country": "US",
    "phone": "+12025550140",
}


@pytest.fixture
def order(store):
    """Return an order of two lamps and a bulb, a product with an add-on (R182, R183)."""
    return make_order(
        store,
        number="ORD-2026-01047",
        external_id="ext_ab12c",
        items_total=Decimal("105.50"),
        tax_total=Decimal("8.44"),
        total=Decimal("118.94"),
        shipping_address=ADDRESS,
        tax_country="US",
        tax_state="NY",
        items=[
            {"quantity": 2},
            {
                "product_id": "prod_bulb",
                "variant_id": "var_bulb",
                "name": "Light bulb",
                "product": {
                    "id": "prod_bulb",
                    "name": "Light bulb",
                    "description": "",
                    "default_currency": "USD",
                },
                "option_values": {},
                "media_order": [],
                "unit_price": Decimal("7.50"),
            },
        ],
    )


def test_list_has_the_guides_fields(api, order):
    """R171 to R180, R183, X14, X29, X30."""
    (shown,) = success_data(api.get("/v1/orders"))["orders"]

    assert shown["order_number"] == "ORD-2026-01047"
    assert shown["external_id"] == "ext_ab12c"
    assert shown["status"] == "Paid"
    assert shown["payment_method"] == "Link"
    assert shown["total_amount"] == {"amount": 118.94, "asset_id": "USD"}
    assert shown["customer"] == {
        "id": None,
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "phone": "+12025550140",
    }
    assert shown["shipping_address"] == ADDRESS
    assert shown["tax_region"] == {"country": "US", "state": "NY"}
    lamp, bulb = shown["items"]
    assert lamp["product"] == {
        "id": "prod_lamp",
        "name": "Desk lamp",
        "description": "Bends.",
        "default_currency": "USD",
    }
    assert lamp["option_values"] == {"Color": "Black"}
    assert lamp["quantity"] == 2
    assert lamp["unit_price"] == {"amount": 49.0, "asset_id": "USD"}
    assert lamp["total"] == {"amount": 98.0, "asset_id": "USD"}
    assert lamp["media_order"] == ["med_1"]
    assert lamp["product_id"] == "prod_lamp"
    assert lamp["product_name"] == "Desk lamp"
    assert lamp["product_description"] == "Bends."
    assert lamp["variant_id"] == "var_black"
    assert lamp["variant"]["id"] == "var_black"
    assert bulb["product"]["id"] == "prod_bulb"


def test_total_is_items_plus_tax_plus_shipping(api, order):
    """R180, X14: each part has its own field."""
    shown = success_data(api.get("/v1/orders/ORD-2026-01047"))

    parts = [shown[name]["amount"] for name in ("items_amount", "tax_amount", "shipping_amount")]
    assert parts == [105.5, 8.44, 5.0]
    assert round(sum(parts), 2) == shown["total_amount"]["amount"]
    assert sum(item["total"]["amount"] for item in shown["items"]) == 105.5


def test_single_order_has_both_shapes(api, order):
    """R184, W6: `data.order`, and the same fields in `data` itself."""
    data = success_data(api.get("/v1/orders/ORD-2026-01047"))

    flat = {name: value for name, value in data.items() if name != "order"}
    assert data["order"] == flat
    assert flat["order_number"] == "ORD-2026-01047"


def test_single_order_has_all_product_fields(api, order):
    """R178: without variants and options."""
    lamp = success_data(api.get("/v1/orders/ORD-2026-01047"))["order"]["items"][0]

    assert lamp["product"] == {
        "id": "prod_lamp",
        "name": "Desk lamp",
        "description": "Bends.",
        "default_currency": "USD",
        "active": True,
        "collect_shipping_address": True,
        "collect_tax_address": False,
        "created_at": 1700000000,
        "updated_at": 1700000100,
        "version": 3,
        "metadata": {"maker": "us"},
    }


def test_second_address_line_is_shown_if_present(api, store):
    """R174: `line2` is left out if empty."""
    make_order(store, shipping_address={**ADDRESS, "line2": "Flat 3"})
    make_order(store, shipping_address=ADDRESS)
    make_order(store, shipping_address={})

    no_address, without_line2, with_line2 = [
        row["shipping_address"] for row in success_data(api.get("/v1/orders"))["orders"]
    ]

    assert no_address is None
    assert "line2" not in without_line2
    assert with_line2["line2"] == "Flat 3"


def test_types_suit_strict_clients(api, order):
    """W16: times and quantities are integers, money is a float."""
    shown = success_data(api.get("/v1/orders/ORD-2026-01047"))

    for name in ("created_at", "updated_at", "paid_at"):
        assert type(shown[name]) is int
    assert type(shown["items"][0]["quantity"]) is int
    assert type(shown["total_amount"]["amount"]) is float


def test_partial_refund_has_status_refunded_and_an_amount(api, store):
    """R169, X19: with the amount refunded. The status also filters, and the word for people is unknown."""
    make_order(store, status="Partially refunded", refunded_amount=Decimal("10.00"))
    make_order(store)

    (shown,) = success_data(api.get("/v1/orders?status=Refunded"))["orders"]

    assert shown["status"] == "Refunded"
    assert shown["refunded_amount"] == {"amount": 10.0, "asset_id": "USD"}
    assert shown["verification_amount"] == {"amount": 0.0, "asset_id": "USD"}
    status, _code, _message = error_summary(api.get("/v1/orders?status=Partially%20refunded"))
    assert status == 400


def test_discounts_and_taxes_are_listed(api, store):
    """Additions to the guide: they add up to `discount_amount`, `tax_amount`, and `included_tax_amount`."""
    make_order(
        store,
        discounts=[{"name": "Spring", "code": "SPRING10", "amount": "4.90"}],
        tax_lines=[
            {"name": "NY sales tax", "rate": "8.875", "amount": "3.91"},
            {"name": "Bottle fee", "rate": None, "amount": "0.10", "is_included": True},
        ],
        adjustment_total="-1.00",
        total="52.01",
    )
    make_order(store)

    plain, taxed = success_data(api.get("/v1/orders"))["orders"]

    assert taxed["discounts"] == [
        {"name": "Spring", "code": "SPRING10", "amount": {"amount": 4.9, "asset_id": "USD"}}
    ]
    assert taxed["tax_lines"] == [
        {
            "name": "NY sales tax",
            "rate": 8.875,
            "included": False,
            "amount": {"amount": 3.91, "asset_id": "USD"},
        },
        {"name": "Bottle fee", "rate": None, "included": True, "amount": {"amount": 0.1, "asset_id": "USD"}},
    ]
    amounts = [
        taxed[f"{name}_amount"]["amount"] for name in ("discount", "tax", "included_tax", "adjustment")
    ]
    assert amounts == [4.9, 3.91, 0.1, -1.0]
    assert (plain["discounts"], plain["tax_lines"]) == ([], [])
    assert plain["discount_amount"] == {"amount": 0.0, "asset_id": "USD"}


def test_item_added_in_next_has_the_known_fields(api, store):
    make_order(
        store,
        number="ORD-2026-01050",
        items=[{"product_id": "", "variant_id": "", "product": {"name": "Cloth"}, "name": "Cloth"}],
    )

    for data in (
        success_data(api.get("/v1/orders"))["orders"][0],
        success_data(api.get("/v1/orders/ORD-2026-01050")),
    ):
        assert data["items"][0]["product"] == {
            "id": "",
            "name": "Cloth",
            "description": "",
            "default_currency": "USD",
        }


def test_removed_item_is_not_shown(api, store):
    make_order(store, items=[{}, {"quantity": 0, "name": "Cloth"}])

    (shown,) = success_data(api.get("/v1/orders"))["orders"]

    assert [item["product_name"] for item in shown["items"]] == ["Desk lamp"]


@pytest.mark.parametrize(
    "number",
    ["ORD-2026-99999", "ORD-2026-1047", "ord-2026-01047", "%00", "ORD-2026-01047%20", "nothing", "ü"],
)
def test_unknown_number_is_not_found(api, order, number):
    """R185, R187: numbers match exactly."""
    assert error_summary(api.get(f"/v1/orders/{number}")) == (404, "resource_not_found", "Order not found")


def test_order_of_another_store_is_forbidden(order, other_store):
    """R188, X16, X17: by default."""
    status, code, _msg = error_summary(ApiClient(other_store).get("/v1/orders/ORD-2026-01047"))

    assert (status, code) == (403, "forbidden")


def test_order_of_another_store_is_not_found_if_so_configured(order, other_store, settings):
    """X16: `API_FOREIGN_ORDER_STATUS` may be 404."""
    settings.API_FOREIGN_ORDER_STATUS = 404

    answer = error_summary(ApiClient(other_store).get("/v1/orders/ORD-2026-01047"))

    assert answer == (404, "resource_not_found", "Order not found")


def test_same_number_in_two_stores_returns_the_stores_own_order(api, order, other_store):
    """R186, X16: numbers are counted per store."""
    make_order(other_store, number="ORD-2026-01047", name="Bob", external_id="ext_2")

    assert success_data(api.get("/v1/orders/ORD-2026-01047"))["customer"]["name"] == "Ada Lovelace"
    assert success_data(ApiClient(other_store).get("/v1/orders/ORD-2026-01047"))["customer"]["name"] == "Bob"


def test_single_order_query_count_is_constant(api, order, store, django_assert_max_num_queries):
    """One query more for its tax lines, which an order without tax doesn't need."""
    make_order(store, number="ORD-2026-01048")
    for number, queries in (("ORD-2026-01047", 6), ("ORD-2026-01048", 5)):
        api.get(f"/v1/orders/{number}")

        with django_assert_max_num_queries(queries):
            api.get(f"/v1/orders/{number}")


def test_requests_without_a_key_are_unauthorized(client, order):
    """R2, R12: for orders and customers alike."""
    for path in ("/v1/orders", "/v1/orders/ORD-2026-01047", "/v1/customers"):
        assert error_summary(client.get(path))[:2] == (401, "unauthorized")
