"""Staff change the options of a product and their values, and its variants follow."""

import pytest

from catalog.models import OptionValue, Product
from catalog.options import serialize_options
from tests.catalog_admin.product_pages import (
    ADD,
    add_pictures,
    new_options,
    option_page_of,
    page_of,
    picture,
    pictures_of,
    titles,
)
from tests.factories import make_link, make_product


def test_renamed_value_is_renamed_in_its_variants(staff, store):
    product = make_product(store, options={"Color": ["Black", "White"]})
    ids = [variant.pk for variant in product.variants.all()]

    staff.save(option_page_of(product, "Color"), **{"values-0-value": "White", "values-1-value": "Black"})

    assert titles(product) == ["White", "Black"]
    assert [variant.pk for variant in product.variants.all()] == ids


def test_renamed_option_keeps_its_variants(staff, store):
    product = make_product(store, options={"Color": ["Black", "White"], "Size": ["S", "M"]})
    make_link(product)
    ids = [variant.pk for variant in product.variants.all()]

    staff.save(page_of(product), **{"options-0-name": "Size", "options-1-name": "Color"})

    assert [variant.pk for variant in product.variants.all()] == ids
    assert product.variants.first().option_values == {"Size": "Black", "Color": "S"}


def test_new_option_can_take_the_old_name_of_another(staff, store):
    product = make_product(store, options={"Color": ["Black", "White"]})

    staff.save(
        page_of(product),
        **{
            "options-0-name": "Shade",
            "options-1-name": "Color",
            "options-1-value_line": "Warm",
            "options-1-place": "1",
        },
    )

    assert [variant.option_values for variant in product.variants.all()] == [
        {"Color": "Warm", "Shade": "Black"},
        {"Color": "Warm", "Shade": "White"},
    ]


def test_options_and_their_values_are_ordered(staff, store):
    product = make_product(store, options={"Color": ["Black", "White"], "Size": ["S", "M"]})

    staff.save(page_of(product), **{"options-0-place": "2", "options-1-place": "1"})
    staff.save(option_page_of(product, "Size"), **{"values-0-place": "2", "values-1-place": "1"})

    assert [
        (option["name"], [value["value"] for value in option["values"]])
        for option in serialize_options(product)
    ] == [("Size", ["M", "S"]), ("Color", ["Black", "White"])]
    assert titles(product)[0] == "S / Black"


def test_swatches_are_chosen_on_the_page_of_the_option(staff, store, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    product = make_product(store, options={"Color": ["Black", "Check", "White"]})
    add_pictures(staff, product, picture())
    checkered = product.media.get()

    staff.save(
        option_page_of(product, "Color"),
        **{
            "values-0-swatch_type": "color",
            "values-0-swatch_value": "#101010",
            "values-1-swatch_type": "image",
            "values-1-swatch_media": checkered.pk,
        },
    )
    black, check, white = OptionValue.objects.all()
    assert [value.swatch for value in (black, check, white)] == [
        {"type": "color", "value": "#101010"},
        {"type": "image", "media_id": checkered.pk},
        {},
    ]

    staff.save(pictures_of(product), **{"pictures-0-DELETE": "on"})
    check.refresh_from_db()
    assert check.swatch == {}


def test_text_swatch_of_the_api_survives_an_edit(staff, store):
    product = make_product(store, options={"Size": ["S"]})
    product.options.get().values.update(swatch_type="text", swatch_value="Small")

    staff.save(option_page_of(product, "Size"), **{"values-1-value": "M"})

    assert [value.swatch for value in OptionValue.objects.all()] == [{"type": "text", "value": "Small"}, {}]


def test_concurrent_edits_of_an_option_do_not_overwrite_each_other(staff, store):
    product = make_product(store, options={"Color": ["Black", "White"]})
    page = option_page_of(product, "Color")
    data = staff.fields(page)
    staff.save(page_of(product), name="First")

    response = staff.client.post(page, data | {"values-0-value": "Red"})

    assert "Someone else changed this product." in response.content.decode()
    assert titles(product) == ["Black", "White"]


def test_new_option_gives_existing_variants_its_first_value(staff, store):
    product = make_product(store, options={"Color": ["Black", "White"]})

    staff.save(
        page_of(product),
        **{
            "options-1-name": "Size",
            "options-1-value_line": "M, L",
            "make_variants": "on",
            "new_price": "60.00",
        },
    )

    assert titles(product) == ["Black / M", "White / M", "Black / L", "White / L"]
    assert [str(v.price) for v in product.variants.all()] == ["49.00", "49.00", "60.00", "60.00"]


def test_removing_a_value_deletes_its_variants(staff, store):
    product = make_product(store, options={"Color": ["Black", "White"]})

    staff.save(option_page_of(product, "Color"), **{"values-1-DELETE": "on"})

    assert titles(product) == ["Black"]


def test_value_with_a_variant_on_a_link_cannot_be_removed(staff, store):
    product = make_product(store, options={"Color": ["Black", "White"]})
    make_link(product)

    response = staff.save(option_page_of(product, "Color"), name="Shade", **{"values-1-DELETE": "on"})

    page = response.content.decode()
    assert (
        "A payment link or an upsell sells Desk lamp – White. Deactivate it instead of deleting it." in page
    )
    assert 'value="Shade"' in page
    assert product.options.get().name == "Color"
    product.refresh_from_db()
    assert (product.name, product.version, titles(product)) == ("Desk lamp", 1, ["Black", "White"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([("Color", "Black", "Black")], "An option cannot have the same value twice."),
        ([("Color", "Black"), ("Color", "White")], "Each option needs a unique name."),
        ([("Color", "")], "An option needs 1 to 100 values."),
        ([(letter, "1") for letter in "ABCDEF"], "at most 5 options"),
        ([(letter, *"12345678") for letter in "ABC"], "at most 500 variants"),
    ],
)
def test_invalid_options_are_rejected_next_to_the_table(staff, store, options, message):
    response = staff.save(
        ADD, store=store.pk, name="Shirt", slug="shirt", new_price="1", **new_options(*options)
    )

    assert message in response.content.decode()
    assert not Product.objects.exists()
