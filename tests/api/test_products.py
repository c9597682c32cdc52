"""/v1/products creates, lists, reads, and deletes products."""

import pytest

from catalog.models import Product, SellingPlanGroup, Variant
from tests.api.product_bodies import SHIRT, create_shirt
from tests.factories import make_link, make_plan, make_product, variant_of


def test_product_is_created_with_its_variants(api):
    """R55 to R69, W8: amounts are strings or numbers. Missing combinations are not for sale (X34)."""
    product = create_shirt(api)

    assert product["id"].startswith("prod_")
    assert (product["version"], product["slug"], product["listed"]) == (1, "shirt", True)
    assert product["price"] == {"amount": 29.99, "asset_id": "USD"}
    assert [option["name"] for option in product["options"]] == ["Size", "Color"]
    assert [value["value"] for value in product["options"][1]["values"]] == ["White", "Black"]
    first, second = product["variants"]
    assert (first["inventory_quantity"], first["sku"]) == (5, "S-B")
    assert second["inventory_quantity"] is None
    assert second["price"] == {"amount": 32.5, "asset_id": "USD"}
    assert Variant.objects.get(pk=first["id"]).next_variant_id == 101


def test_next_ids_are_saved_and_returned(api):
    """Ids above 32 bits survive the round trip."""
    product = create_shirt(api, next_product_id=2**40)
    assert product["next_product_id"] == 2**40
    assert [variant["next_variant_id"] for variant in product["variants"]] == [101, None]

    product["variants"][1]["next_variant_id"] = 2**41
    changed = api.expect_success(api.post(f"/products/{product['id']}", product))

    assert changed["next_product_id"] == 2**40
    assert [variant["next_variant_id"] for variant in changed["variants"]] == [101, 2**41]


def test_read_only_fields_are_ignored(api):
    """W14."""
    product = create_shirt(
        api, id="", created_at=0, updated_at=0, version=0, metadata=None, tax_code="", price=None
    )

    assert product["id"] != ""
    assert product["created_at"] > 0
    assert (product["version"], product["metadata"], product["tax_code"]) == (1, {}, "")


def test_product_without_options_has_one_variant_at_its_price(api):
    body = {"name": "Field notes", "price": {"amount": 5, "asset_id": "USD"}}

    product = api.expect_success(api.post("/products", body))

    (variant,) = product["variants"]
    assert (variant["option_values"], variant["price"]["amount"]) == ({}, 5.0)


def test_products_of_the_same_name_get_unique_slugs(api):
    unlinked = [variant | {"next_variant_id": None} for variant in SHIRT["variants"]]

    slugs = [create_shirt(api, variants=unlinked)["slug"] for _ in range(3)]

    assert slugs == ["shirt", "shirt-2", "shirt-3"]


def test_plans_are_included_only_when_expanded(api):
    """`expand=selling_plans`."""
    product = make_product(api.store)
    plan = make_plan(product)

    plain = api.expect_success(api.get(f"/products/{product.pk}"))
    whole = api.expect_success(api.get(f"/products/{product.pk}?expand=selling_plans"))

    assert plain["selling_plan_group_ids"] == whole["selling_plan_group_ids"] == [plan.group_id]
    assert plain["selling_plan_groups"] == []
    assert plain["variants"][0]["selling_plan_pricing"] == []
    assert whole["selling_plan_groups"][0]["selling_plans"][0]["id"] == plan.pk
    assert whole["variants"][0]["selling_plan_pricing"][0]["selling_plan_id"] == plan.pk


def test_products_are_listed_newest_first(api, django_assert_num_queries):
    products = [make_product(api.store, name=f"Lamp {number}") for number in range(3)]
    make_product(api.store, name="Old", active=False)
    api.get("/products?page_size=1")

    with django_assert_num_queries(8):
        page = api.expect_success(api.get("/products?page=0&page_size=2&active=true"))

    assert (page["page"], page["page_size"], page["total"]) == (0, 2, 3)
    assert [found["id"] for found in page["products"]] == [products[2].pk, products[1].pk]
    for query in ("", "?page_size=0", "?page_size=51"):
        assert api.expect_error(api.get(f"/products{query}"))[0] == 400


def test_groups_attach_to_products_and_variants(api):
    """R60, R140, R142, R143."""
    group = SellingPlanGroup.objects.create(store=api.store, name="Save")
    own = SellingPlanGroup.objects.create(store=api.store, name="Own")
    variants = [{**SHIRT["variants"][0], "selling_plan_group_ids": [own.pk]}, SHIRT["variants"][1]]

    product = create_shirt(api, selling_plan_group_ids=[group.pk, group.pk], variants=variants)

    assert product["selling_plan_group_ids"] == [group.pk]
    assert [variant["selling_plan_group_ids"] for variant in product["variants"]] == [[own.pk], []]
    emptied = api.expect_success(api.post(f"/products/{product['id']}", SHIRT | {"version": 1}))
    assert emptied["selling_plan_group_ids"] == []


def test_only_inactive_product_without_links_can_be_deleted(api):
    """R77."""
    product = make_product(api.store)
    link = make_link(product)
    path = f"/products/{product.pk}"

    assert api.expect_error(api.delete(path)) == (
        400,
        "invalid_request_error",
        "Cannot delete active product. Set active=false first.",
    )
    Product.objects.update(active=False)
    assert api.expect_error(api.delete(path))[:2] == (409, "conflict")
    link.delete()
    assert api.expect_success(api.delete(path)) == {"deleted": True, "id": product.pk}
    assert api.expect_error(api.delete(path)) == (404, "resource_not_found", "Product not found")


def test_product_that_is_an_add_on_cannot_be_deleted(api):
    bulb = make_product(api.store, name="Bulb", active=False)
    make_link(make_product(api.store), add_ons=[(variant_of(bulb), 0, 1)])

    assert api.expect_error(api.delete(f"/products/{bulb.pk}"))[:2] == (409, "conflict")


def test_products_and_groups_of_another_store_are_not_found(api, other_api):
    """R17."""
    theirs = make_product(other_api.store)
    group = SellingPlanGroup.objects.create(store=other_api.store, name="Theirs")

    for response in (
        api.get(f"/products/{theirs.pk}"),
        api.post(f"/products/{theirs.pk}", SHIRT | {"version": 1}),
        api.delete(f"/products/{theirs.pk}"),
    ):
        assert api.expect_error(response) == (404, "resource_not_found", "Product not found")
    assert api.expect_error(api.post("/products", SHIRT | {"selling_plan_group_ids": [group.pk]}))[0] == 400


def variant(**changes):
    return {"option_values": {"Size": "S", "Color": "Black"}, "price": {"amount": "1"}} | changes


def option(**changes):
    return {"name": "Size", "values": [{"value": "S"}]} | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"name": ""},
        {"name": "x" * 201},
        {"name": 5},
        {"variants": []},
        {"variants": "all"},
        {"variants": [{}]},
        {"variants": [variant(price=None)]},
        {"variants": [variant(price=5)]},
        {"variants": [variant(price={"amount": "-1"})]},
        {"variants": [variant(price={"amount": "1.005"})]},
        {"variants": [variant(price={"amount": "NaN"})]},
        {"variants": [variant(price={"amount": "1e99"})]},
        {"variants": [variant(price={"amount": True})]},
        {"variants": [variant(price={"amount": "1_000"})]},
        {"variants": [variant(price={"amount": "٣"})]},
        {"variants": [variant(price={"amount": None})]},
        {"variants": [variant(price={"amount": "1", "asset_id": "EUR"})]},
        {"variants": [variant(), variant()]},
        {"variants": [variant(option_values={"Size": "S"})]},
        {"variants": [variant(option_values={"Size": "S", "Color": "Green"})]},
        {"variants": [variant(option_values={"Size": "S", "Color": "Black", "Cut": "Slim"})]},
        {"variants": [variant(option_values={"Size": 1, "Color": "Black"})]},
        {"variants": [variant(option_values="S")]},
        {"variants": [variant(inventory_quantity=-1)]},
        {"variants": [variant(inventory_quantity="few")]},
        {"variants": [variant(inventory_quantity=10**12)]},
        {"variants": [variant(id="var_nothing")]},
        {"variants": [variant(media_order=["med_nothing"])]},
        {"media_order": ["med_nothing"]},
        {"media_order": "med_1"},
        {"options": "Size"},
        {"options": [option(), option()]},
        {"options": [option(values=[])]},
        {"options": [option(values=[{"value": "S"}, {"value": "S"}])]},
        {"options": [option(values=["S"])]},
        {"options": [option(name="")]},
        {"options": [option(values=[{"value": "S", "swatch": {"type": "smell"}}])]},
        {"options": [option(values=[{"value": "S", "swatch": {"type": "color", "value": "red"}}])]},
        {"options": [option(values=[{"value": "S", "swatch": {"type": "image"}}])]},
        {"options": [option(name=f"O{n}") for n in range(6)]},
        {"metadata": {"a": 1}},
        {"default_currency": "DOLLAR"},
        {"default_currency": "ZZZ"},
        {"active": "perhaps"},
        {"slug": "no slug!"},
        {"selling_plan_group_ids": ["spg_nothing"]},
        {"next_product_id": -1},
    ],
    ids=lambda changes: str(changes)[:60],
)
def test_invalid_product_is_rejected(api, changes):
    """R64 to R67, W16."""
    status, code, msg = api.expect_error(api.post("/products", SHIRT | changes))

    assert (status, code) == (400, "invalid_request_error")
    assert msg
    assert not Product.objects.exists()


def test_currency_is_saved_in_uppercase(api):
    price = {"amount": "1.00", "asset_id": "eur"}
    product = api.expect_success(
        api.post("/products", {"name": "Mug", "default_currency": "eur", "price": price})
    )

    assert (product["default_currency"], product["price"]["asset_id"]) == ("EUR", "EUR")


def test_taken_slug_is_a_conflict(api):
    create_shirt(api, slug="shirt")

    assert api.expect_error(api.post("/products", SHIRT | {"slug": "shirt"}))[:2] == (409, "conflict")


def test_link_shows_an_updated_product(api):
    """R78, R79, X29."""
    product = create_shirt(api)
    link = make_link(Product.objects.get())
    api.expect_success(api.post(f"/products/{product['id']}", SHIRT | {"version": 1, "name": "New name"}))

    data = api.expect_success(api.get(f"/payment_links/{link.pk}"))

    assert (data["product"]["name"], data["product"]["version"]) == ("New name", 2)
