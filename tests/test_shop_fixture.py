"""The ground under the money tests: our store and its sandbox hold the same goods."""

from tests.factories import make_link, make_plan, make_product, variant_of


def shelf(store):
    answer = store.sandbox.call("GET", "products/").json()
    return {product["title"]: product for product in answer["results"]}


def test_the_sandbox_sells_what_the_shop_sells(shop):
    lamp = shelf(shop)["Desk lamp"]

    assert lamp["id"] == shop.products.get(name="Desk lamp").next_product_id
    assert set(shelf(shop)) == {"Desk lamp", "Light bulb", "Field notes"}


def test_a_product_made_later_is_put_on_the_sandbox_shelf_too(shop):
    tea = make_product(shop, name="Tea", price="9.00", options={"Size": ["S", "L"]}, prices={"L": "15.00"})
    make_plan(tea)

    variants = {variant["id"]: variant for variant in shelf(shop)["Tea"]["variants"]}
    assert set(variants) == {variant_of(tea, "S").next_variant_id, variant_of(tea, "L").next_variant_id}
    assert "15.00" in str(variants[variant_of(tea, "L").next_variant_id])


def test_a_link_sells_the_variants_and_add_ons_it_was_given(shop):
    bulb = shop.products.get(name="Light bulb")
    link = make_link(shop.products.get(name="Desk lamp"), add_ons=[(variant_of(bulb), 1, 3)])

    rows = list(link.link_variants.all())
    assert [(row.variant.title, row.is_primary, row.min_quantity) for row in rows] == [
        ("Black", True, None),
        ("White", True, None),
        ("", False, 1),
    ]
