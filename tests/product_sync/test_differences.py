"""What staff changed here follows NEXT no more; what both changed waits for staff, side by side."""

from types import SimpleNamespace

import pytest

from catalog.differences import decide_difference, list_differences
from catalog.models import Category, Product, ProductDifference, Variant
from catalog.product_sync import sync_products
from stores.errors import Conflict, NotFound
from tests.factories import variant_of
from tests.product_sync.test_product_sync import make_next_product, set_next_products, store
from tests.product_sync.test_whole_import import PICTURES, import_all, work_all

__all__ = ["store"]
pytestmark = pytest.mark.django_db(transaction=True)


def sync(store, **fields):
    set_next_products(store, make_next_product(1, **{"title": "Lamp", "colors": ("Black",), **fields}))
    sync_products(store=store)
    return Product.objects.get()


def decide(product, *, take, number=0):
    shown = list_differences(product)[number]
    return decide_difference(product=product, difference_id=shown.pk, digest=shown.digest, take=take)


@pytest.fixture
def both_changed(store):
    """A product whose name and price staff changed here and NEXT changed too."""
    product = sync(store, price="49.00")
    Product.objects.update(name="Our lamp")
    Variant.objects.update(price="45.00")
    product = sync(store, title="Desk lamp", price="55.00")
    return SimpleNamespace(product=product, store=store)


def test_what_staff_changed_alone_stays_without_a_question(store):
    sync(store)
    Product.objects.update(name="Our lamp")

    product = sync(store)

    assert (product.name, list_differences(product)) == ("Our lamp", [])


def test_what_both_changed_is_shown_side_by_side(both_changed):
    product = both_changed.product

    assert (product.name, str(variant_of(product).price)) == ("Our lamp", "45.00")
    assert [(row.label, row.ours, row.theirs) for row in list_differences(product)] == [
        ("Price (Black)", "$45.00", "$55.00"),
        ("Name", "Our lamp", "Desk lamp"),
    ]


def test_price_that_next_charges_is_known_while_ours_is_asked_for(both_changed):
    """Codes and taxes need NEXT's own price, whatever staff decide about ours."""
    assert str(variant_of(both_changed.product).next_price) == "55.00"


def test_what_staff_keep_stays_until_next_changes_again(both_changed):
    product = both_changed.product
    assert decide(product, take=False) == "Price (Black)"
    assert decide(product, take=False) == "Name"

    product = sync(both_changed.store, title="Desk lamp", price="55.00")
    assert (product.name, str(variant_of(product).price)) == ("Our lamp", "45.00")
    assert list_differences(product) == []

    product = sync(both_changed.store, title="Reading lamp", price="55.00")
    assert [row.theirs for row in list_differences(product)] == ["Reading lamp"]


def test_what_staff_take_follows_next_again(both_changed):
    product = both_changed.product
    decide(product, take=True)
    decide(product, take=True)
    product.refresh_from_db()
    assert (product.name, str(variant_of(product).price)) == ("Desk lamp", "55.00")

    product = sync(both_changed.store, title="Reading lamp", price="60.00")
    assert (product.name, str(variant_of(product).price)) == ("Reading lamp", "60.00")
    assert list_differences(product) == []


def test_question_ends_when_both_agree_again(both_changed):
    product = sync(both_changed.store, title="Our lamp", price="45.00")

    assert list_differences(product) == []


def test_staff_decide_only_about_what_they_saw(both_changed):
    seen = list_differences(both_changed.product)[1]
    product = sync(both_changed.store, title="Reading lamp", price="55.00")

    with pytest.raises(Conflict, match="changed this again"):
        decide_difference(product=product, difference_id=seen.pk, digest=seen.digest, take=True)

    assert Product.objects.get().name == "Our lamp"


def test_second_click_says_that_it_was_decided(both_changed):
    seen = list_differences(both_changed.product)[0]
    decide(both_changed.product, take=True)

    with pytest.raises(NotFound, match="already decided"):
        decide_difference(product=both_changed.product, difference_id=seen.pk, digest=seen.digest, take=False)


def test_new_currency_takes_the_price_of_next(store):
    """An amount in another currency isn't a price of ours."""
    lamp = make_next_product(1, "Lamp", colors=("Black",))
    del lamp["variants"][0]["price"]
    lamp["variants"][0]["prices"] = {"USD": "49.00", "EUR": "45.00"}
    set_next_products(store, lamp)
    sync_products(store=store)
    Variant.objects.update(price="39.00")
    store.currency = "EUR"
    store.save()

    sync_products(store=store)

    assert str(Variant.objects.get().price) == "45.00"
    assert not ProductDifference.objects.exists()


def test_product_that_was_made_here_and_then_linked_keeps_its_texts(store):
    product = Product.objects.create(store=store, slug="lamp", name="Our lamp", next_product_id=1)
    Variant.objects.create(product=product, store=store, price="45.00", next_variant_id=101)

    product = sync(store, price="55.00")

    assert (product.name, str(variant_of(product).price)) == ("Our lamp", "45.00")
    assert [row.theirs for row in list_differences(product)] == ["$55.00", "Lamp"]


def test_categories_of_next_can_be_taken_and_ours_stay(store):
    product = sync(store, categories=["Lamps"])
    own = Category.objects.create(store=store, name="Gifts", slug="gifts")
    product.categories.set([own])
    product = sync(store, categories=["Lamps", "Desk"])
    assert [(row.label, row.ours, row.theirs) for row in list_differences(product)] == [
        ("Categories", "none", "Desk, Lamps")
    ]

    decide(product, take=True)

    assert sorted(category.name for category in product.categories.all()) == ["Desk", "Gifts", "Lamps"]


def test_pictures_of_next_can_be_taken(store, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    set_next_products(store, make_next_product(1, images=PICTURES[:1]))
    import_all(store)
    product = Product.objects.get()
    product.media.update(alt_text="Ours")
    set_next_products(store, make_next_product(1, images=PICTURES))
    import_all(store)
    assert [(row.label, row.ours, row.theirs) for row in list_differences(product)] == [
        ("Pictures", "1 picture: Ours", "2 pictures: From the front, From the side")
    ]

    decide(product, take=True)
    work_all()

    assert [media.alt_text for media in product.media.all()] == ["From the front", "From the side"]
