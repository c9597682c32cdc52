"""Options as rows: read in few queries, renamed in place, and combined only once."""

import pytest
from django.db import IntegrityError, transaction

from catalog.api.prefetching import load_product_details
from catalog.models import OptionValue, Product, Variant
from catalog.options import save_options, serialize_options
from catalog.pictures import set_variant_pictures
from catalog.variants import create_variants, set_options, set_variant_values
from tests.factories import make_product, make_store, variant_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def shirt():
    return make_product(make_store(), options={"Color": ["Black", "White"], "Size": ["S", "M"]})


def identified(product):
    """Return the product's options with the IDs of their rows."""
    return [
        {
            "id": option.pk,
            "name": option.name,
            "values": [{"id": value.pk, "value": value.value} for value in option.values.all()],
        }
        for option in product.options.all()
    ]


def test_prefetched_options_are_those_that_are_read_one_by_one(shirt, django_assert_num_queries):
    OptionValue.objects.create(option=shirt.options.get(name="Size"), value="Unused", position=9)
    mug = make_product(shirt.store, name="Mug")
    plain = [(serialize_options(product), titles(product)) for product in (shirt, mug)]

    products = list(Product.objects.filter(pk__in=[shirt.pk, mug.pk]).order_by("created_at", "pk"))
    load_product_details(products)

    with django_assert_num_queries(0):
        prefetched = [(serialize_options(product), titles(product)) for product in products]
        assert [product.media_order for product in products] == [[], []]
    assert prefetched == plain
    assert plain[0][1] == ["Black / S", "Black / M", "White / S", "White / M"]


def titles(product):
    return [variant.title for variant in product.variants.all()]


def test_prefetched_pictures_are_those_of_the_variant_in_its_order(shirt):
    front, back = (
        shirt.media.create(alt_text=text, position=at) for at, text in enumerate(("Front", "Back"))
    )
    shirt.media.create(alt_text="Loose")
    set_variant_pictures(variant=variant_of(shirt, "White / S"), order=[back.pk, front.pk])

    product = Product.objects.get(pk=shirt.pk)
    load_product_details([product])

    assert product.media_order == [front.pk, back.pk]
    assert [media.alt_text for media in product.media.all()] == ["Front", "Back", "Loose"]
    assert [variant.media_order for variant in product.variants.all()] == [[], [], [back.pk, front.pk], []]


def test_rename_writes_one_row_and_leaves_the_variants_alone(shirt, django_assert_num_queries):
    variants = list(Variant.objects.order_by("pk").values())
    options = identified(shirt)
    options[0]["values"][0]["value"] = "Coal"

    with django_assert_num_queries(3):  # the options, their values, the one that is renamed
        save_options(product=shirt, options=options)

    assert list(Variant.objects.order_by("pk").values()) == variants
    assert titles(shirt) == ["Coal / S", "Coal / M", "White / S", "White / M"]


def test_value_can_be_renamed_to_one_that_is_removed(shirt):
    kept = variant_of(shirt, "White / M").pk
    options = identified(shirt)
    options[0]["values"] = [options[0]["values"][1] | {"value": "Black"}]

    set_options(product=shirt, options=options)

    assert titles(shirt) == ["Black / S", "Black / M"]
    assert shirt.variants.get(values__value="M").pk == kept


def test_removing_an_option_leaves_one_variant_for_each_combination(shirt):
    set_options(product=shirt, options=identified(shirt)[:1])

    assert titles(shirt) == ["Black", "White"]


def test_database_accepts_each_combination_once(shirt):
    values = list(variant_of(shirt, "Black / S").values.all())

    with pytest.raises(IntegrityError), transaction.atomic():
        create_variants([(Variant(product=shirt, price=1), values)])
    with pytest.raises(IntegrityError), transaction.atomic():
        set_variant_values([(variant_of(shirt, "White / M"), values)])

    assert titles(shirt) == ["Black / S", "Black / M", "White / S", "White / M"]


def test_value_that_a_variant_has_cannot_be_deleted_alone(shirt):
    with pytest.raises(IntegrityError), transaction.atomic():
        OptionValue.objects.get(value="Black").delete()


def test_product_is_deleted_with_its_options(shirt):
    shirt.delete()

    assert not OptionValue.objects.exists()
