"""POST /v1/products/{id} replaces a product."""

import datetime

import pytest
from django.utils import timezone

from catalog import stock
from catalog.models import Product, Variant
from checkout.models import Upsell
from tests.api.product_bodies import SHIRT, create_shirt
from tests.factories import make_link


def test_update_replaces_the_whole_product(api):
    product = create_shirt(api)
    product["name"] = "Better shirt"
    product["variants"][0]["price"] = {"amount": "31.00", "asset_id": "USD"}

    changed = api.expect_success(api.post(f"/products/{product['id']}", product))

    assert (changed["name"], changed["version"]) == ("Better shirt", 2)
    assert [variant["id"] for variant in changed["variants"]] == [row["id"] for row in product["variants"]]
    assert [variant["version"] for variant in changed["variants"]] == [2, 1]
    assert changed["variants"][0]["price"]["amount"] == 31.0
    assert changed["slug"] == "shirt"
    assert Variant.objects.get(pk=changed["variants"][0]["id"]).next_variant_id == 101


def test_outdated_version_is_a_conflict(api):
    product = create_shirt(api)
    api.expect_success(api.post(f"/products/{product['id']}", SHIRT | {"version": 1, "name": "First"}))

    status, code, msg = api.expect_error(
        api.post(f"/products/{product['id']}", SHIRT | {"version": 1, "name": "Second"})
    )

    assert (status, code) == (409, "conflict")
    assert "has changed since you loaded it" in msg
    assert Product.objects.get().name == "First"


@pytest.mark.parametrize("version", [None, 0, "x", -1])
def test_update_requires_a_version(api, version):
    product = create_shirt(api)

    response = api.post(f"/products/{product['id']}", SHIRT | {"version": version})

    assert api.expect_error(response)[:2] == (400, "invalid_request_error")
    assert list(response.json()["errors"]) == ["version"]


def test_variants_match_by_values_and_missing_ones_are_deleted(api):
    product = create_shirt(api)
    small = SHIRT["variants"][0]
    large = {"option_values": {"Size": "M", "Color": "Black"}, "price": {"amount": 40}}

    changed = api.expect_success(
        api.post(f"/products/{product['id']}", SHIRT | {"version": 1, "variants": [large, small]})
    )

    assert [variant["option_values"]["Size"] for variant in changed["variants"]] == ["M", "S"]
    assert changed["variants"][1]["id"] == product["variants"][0]["id"]
    assert Variant.objects.count() == 2


def without_stock(row):
    return {name: value for name, value in row.items() if name != "inventory_quantity"}


def test_omitted_stock_stays_unchanged(api):
    product = create_shirt(api)
    body = SHIRT | {"version": 1, "variants": [without_stock(row) for row in SHIRT["variants"]]}

    changed = api.expect_success(api.post(f"/products/{product['id']}", body))

    assert changed["variants"][0]["inventory_quantity"] == 5


def test_null_stops_tracking_stock_and_a_number_resumes_it(api):
    """R66, W7: a product can be sent back as it was read."""
    product = create_shirt(api)
    rows = [{**row, "inventory_quantity": None} for row in SHIRT["variants"]]

    changed = api.expect_success(
        api.post(f"/products/{product['id']}", SHIRT | {"version": 1, "variants": rows})
    )
    assert [variant["inventory_quantity"] for variant in changed["variants"]] == [None, None]
    again = api.expect_success(api.post(f"/products/{product['id']}", changed))
    assert [variant["inventory_quantity"] for variant in again["variants"]] == [None, None]

    rows = [{**row, "inventory_quantity": 3} for row in SHIRT["variants"]]
    counted = api.expect_success(
        api.post(f"/products/{product['id']}", SHIRT | {"version": 3, "variants": rows})
    )
    assert [variant["inventory_quantity"] for variant in counted["variants"]] == [3, 3]


def hold_one(variant_id):
    """Hold one unit of a variant, as a checkout does."""
    wanted = stock.StockRequest(Variant.objects.select_related("product").get(pk=variant_id), 1)
    until = timezone.now() + datetime.timedelta(hours=1)
    stock.place_hold(reference="ord_1", wanted=[wanted], link=None, until=until)


def test_stock_sold_since_the_read_is_a_conflict(api):
    """S22: the variant's version shows that the stock in the body is outdated."""
    product = create_shirt(api)
    path = f"/products/{product['id']}"
    hold_one(product["variants"][0]["id"])

    assert api.expect_error(api.post(path, product | {"name": "Blouse"}))[:2] == (409, "conflict")
    assert Variant.objects.get(sku="S-B").inventory_quantity == 4

    fresh = api.expect_success(api.get(path))
    assert (
        api.expect_success(api.post(path, fresh | {"name": "Blouse"}))["variants"][0]["inventory_quantity"]
        == 4
    )


def test_variant_being_paid_for_cannot_be_deleted(api):
    product = create_shirt(api)
    path = f"/products/{product['id']}"
    hold_one(product["variants"][0]["id"])

    response = api.post(path, SHIRT | {"version": 1, "variants": SHIRT["variants"][1:]})
    assert api.expect_error(response)[:2] == (409, "conflict")
    Product.objects.update(active=False)
    assert api.expect_error(api.delete(path))[:2] == (409, "conflict")

    stock.release_hold(reference="ord_1")
    assert api.expect_success(api.delete(path))["deleted"] is True


def test_variants_can_swap_values_and_be_replaced(api):
    product = create_shirt(api)
    small, large = product["variants"]
    path = f"/products/{product['id']}"

    swapped = [
        small | {"option_values": large["option_values"]},
        large | {"option_values": small["option_values"]},
    ]
    changed = api.expect_success(api.post(path, product | {"variants": swapped}))
    assert [row["id"] for row in changed["variants"]] == [small["id"], large["id"]]
    assert [row["option_values"]["Size"] for row in changed["variants"]] == ["M", "S"]

    moved = changed["variants"][0] | {"option_values": {"Size": "M", "Color": "Black"}}
    new = {"option_values": large["option_values"], "price": {"amount": 40}}
    changed = api.expect_success(api.post(path, changed | {"variants": [new, moved, changed["variants"][1]]}))
    assert [row["id"] for row in changed["variants"]][1:] == [small["id"], large["id"]]


@pytest.mark.parametrize("seller", ["link", "upsell"])
def test_variant_on_a_link_or_upsell_cannot_be_deleted(api, seller):
    product = create_shirt(api)
    if seller == "link":
        make_link(Product.objects.get())
    else:
        Upsell.objects.create(store=api.store, name="One more", variant=Variant.objects.get(sku=""))

    response = api.post(
        f"/products/{product['id']}", SHIRT | {"version": 1, "variants": SHIRT["variants"][:1]}
    )

    assert api.expect_error(response)[:2] == (409, "conflict")
    assert Variant.objects.count() == 2
    assert Product.objects.get().version == 1
