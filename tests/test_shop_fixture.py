"""The `shop` fixture: the store and its sandbox sell the same products."""

from tests.factories import make_link, make_plan, make_product, variant_of


def sandbox_products(store):
    page = store.sandbox.call("GET", "products/").json()
    return {product["title"]: product for product in page["results"]}


def test_sandbox_sells_the_same_products(shop):
    lamp = sandbox_products(shop)["Desk lamp"]

    assert lamp["id"] == shop.products.get(name="Desk lamp").next_product_id
    assert set(sandbox_products(shop)) == {"Desk lamp", "Light bulb", "Field notes"}


def test_later_product_is_added_to_the_sandbox(shop):
    tea = make_product(shop, name="Tea", price="9.00", options={"Size": ["S", "L"]}, prices={"L": "15.00"})
    make_plan(tea)

    variants = {variant["id"]: variant for variant in sandbox_products(shop)["Tea"]["variants"]}
    assert set(variants) == {variant_of(tea, "S").next_variant_id, variant_of(tea, "L").next_variant_id}
    assert "15.00" in str(variants[variant_of(tea, "L").next_variant_id])


def test_make_link_adds_variants_and_add_ons(shop):
    bulb = shop.products.get(name="Light bulb")
    link = make_link(shop.products.get(name="Desk lamp"), add_ons=[(variant_of(bulb), 1, 3)])

    rows = list(link.link_variants.all())
    assert [(row.variant.title, row.is_primary, row.min_quantity) for row in rows] == [
        ("Black", True, None),
        ("White", True, None),
        ("", False, 1),
    ]
