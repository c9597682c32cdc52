"""Everything that NEXT has of a product is imported: texts, pictures, categories, and identifiers."""

import pytest
from django.core.management import call_command

from catalog import product_edits
from catalog.import_progress import load_import_progress
from catalog.import_worker import work_due_imports
from catalog.models import Category, Media, NextPicture, NextProductRefresh, Product, ProductSync, Variant
from catalog.picture_download import retry_pictures, show_without_pictures
from catalog.product_refresh import schedule_reported_product
from catalog.product_sync import request_product_sync, sync_products
from nextcommerce import client
from tests.factories import variant_of
from tests.product_sync.test_product_sync import make_next_product, set_next_products, store

__all__ = ["store"]
pytestmark = pytest.mark.django_db(transaction=True)

PICTURES = [
    {"src": "/sandbox/pictures/1.jpg?size=40", "caption": "From the front"},
    {"src": "/sandbox/pictures/2.jpg?size=40", "caption": "From the side"},
]


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def import_all(store):
    """Import as the background does, until nothing is due."""
    request_product_sync(store=store)
    work_all()


def work_all():
    while work_due_imports():
        pass


def make_lamp(**fields):
    return make_next_product(1, "Desk lamp", **{"images": PICTURES, **fields})


def captions(product):
    return [media.alt_text for media in product.media.all()]


def test_product_is_imported_whole(store):
    lamp = make_lamp(
        description="<p>Turns <b>off</b> by itself.</p><script>alert(1)</script>",
        meta_title="Desk lamp in black",
        meta_description="A lamp for desks.",
        categories=["Lamps"],
    )
    lamp["variants"][0] |= {"upc": "4006381333931", "retail_prices": {"USD": "79.00"}}
    set_next_products(store, lamp)

    import_all(store)

    product = Product.objects.get()
    black = variant_of(product, "Black")
    assert product.active
    assert product.description == "<p>Turns <b>off</b> by itself.</p>"
    assert (product.seo_title, product.seo_description) == ("Desk lamp in black", "A lamp for desks.")
    assert captions(product) == ["From the front", "From the side"]
    assert [category.name for category in product.categories.all()] == ["Lamps"]
    assert (black.gtin, str(black.retail_price), str(black.price)) == ("4006381333931", "79.00", "49.00")


def test_second_import_changes_nothing(store):
    set_next_products(store, make_lamp(description="<p>Bright.</p>", categories=["Lamps"]))
    import_all(store)
    before = (
        list(Product.objects.values()),
        list(Variant.objects.values("version")),
        list(Media.objects.values()),
    )

    import_all(store)

    after = (
        list(Product.objects.values()),
        list(Variant.objects.values("version")),
        list(Media.objects.values()),
    )
    assert after == before
    assert load_import_progress(store).differing == 0


def test_new_product_is_hidden_until_its_pictures_are_there(store):
    set_next_products(store, make_lamp(), make_next_product(2, "Bulb"))

    sync_products(store=store)

    assert list(Product.objects.filter(active=True).values_list("name", flat=True)) == ["Bulb"]
    work_all()
    assert Product.objects.filter(active=True).count() == 2


def test_picture_that_is_none_is_given_up_and_staff_decide(store):
    set_next_products(store, make_lamp(images=[*PICTURES, {"src": "/sandbox/no-picture.svg"}]))

    import_all(store)

    progress = load_import_progress(store)
    assert (progress.pictures.done, progress.pictures.failed, progress.is_running) == (2, 1, False)
    assert [str(product) for product in progress.waiting] == ["Desk lamp"]
    assert not Product.objects.get().active
    assert show_without_pictures(store=store) == 1
    assert Product.objects.get().active


def test_picture_that_cannot_be_reached_is_tried_again_later(store):
    set_next_products(store, make_lamp(images=[{"src": "/sandbox/pictures/missing"}]))

    import_all(store)

    picture = NextPicture.objects.get()
    assert (picture.failures, "404" in str(picture.error), picture.due_at is None) == (1, True, False)
    NextPicture.objects.update(due_at=None)
    assert retry_pictures(store=store) == 1


def test_staff_who_take_a_waiting_product_off_sale_have_decided(store):
    set_next_products(store, make_lamp())
    sync_products(store=store)
    product_edits.set_products_active(products=Product.objects.all(), active=False)

    work_all()

    product = Product.objects.get()
    assert (product.active, product.media.count()) == (False, 2)


def test_pictures_of_variants_are_shown_by_them(store):
    lamp = make_lamp()
    lamp["variants"][1]["image"] = "/sandbox/pictures/2.jpg?size=40"
    set_next_products(store, lamp)

    import_all(store)

    product = Product.objects.get()
    white, black = variant_of(product, "White"), variant_of(product, "Black")
    assert [row.media.alt_text for row in white.picture_rows.all()] == ["From the side"]
    assert black.picture_rows.count() == 0


def test_pictures_follow_next_until_staff_change_them(store):
    set_next_products(store, make_lamp())
    import_all(store)
    kept = Product.objects.get().media.first().pk
    set_next_products(
        store, make_lamp(images=[{"src": "/sandbox/pictures/3.jpg?size=40", "caption": "New"}, PICTURES[0]])
    )

    import_all(store)

    product = Product.objects.get()
    assert captions(product) == ["New", "From the front"]
    assert product.media.last().pk == kept
    assert product.active


def test_pictures_that_staff_deleted_stay_deleted(store):
    set_next_products(store, make_lamp())
    import_all(store)
    Product.objects.get().media.last().delete()

    import_all(store)

    assert captions(Product.objects.get()) == ["From the front"]


def test_categories_have_their_parents_and_keep_the_name_that_staff_gave(store):
    categories = [
        {"id": 1, "name": "Apparel", "slug": "apparel"},
        {"id": 2, "name": "Tees", "slug": "apparel/tees"},
    ]
    store.sandbox.configure(
        catalogue={
            **store.sandbox.settings["catalogue"],
            "categories": categories,
            "products": [make_next_product(1, categories=["Tees"])],
        }
    )
    import_all(store)
    Category.objects.filter(name="Apparel").update(name="Clothes")

    import_all(store)

    tees = Product.objects.get().categories.get()
    assert (tees.slug, tees.parent.name) == ("tees", "Clothes")


def test_what_an_answer_leaves_out_stays(store, monkeypatch):
    set_next_products(store, make_lamp(description="<p>Bright.</p>", categories=["Lamps"]))
    import_all(store)
    parse = client.deserialize_product

    def leave_out(row):
        left_out = {"categories", "images", "description", "meta_title"}
        return parse({name: value for name, value in row.items() if name not in left_out})

    monkeypatch.setattr(client, "deserialize_product", leave_out)
    import_all(store)

    product = Product.objects.get()
    assert (product.description, product.media.count()) == ("<p>Bright.</p>", 2)
    assert [category.name for category in product.categories.all()] == ["Lamps"]


def test_product_that_an_event_reports_is_read_again(store):
    set_next_products(store, make_lamp())
    import_all(store)
    set_next_products(store, make_lamp(description="<p>Now brighter.</p>", price="55.00"))

    assert schedule_reported_product(store=store, next_product_id=1)
    work_all()

    product = Product.objects.get()
    assert (product.description, str(variant_of(product, "Black").price)) == ("<p>Now brighter.</p>", "55.00")


def test_deleted_product_is_hidden_after_a_second_look(store):
    set_next_products(store, make_lamp(), make_next_product(2, "Bulb"))
    import_all(store)
    set_next_products(store, make_next_product(2, "Bulb"))

    schedule_reported_product(store=store, next_product_id=1)
    work_all()
    assert Product.objects.get(name="Desk lamp").active
    NextProductRefresh.objects.update(due_at=ProductSync.objects.get().started_at)
    work_all()

    assert not Product.objects.get(name="Desk lamp").active


def test_events_of_many_deleted_products_wait_for_staff(store):
    set_next_products(store, *(make_next_product(number, f"Lamp {number}") for number in range(1, 7)))
    import_all(store)
    set_next_products(store)

    for number in range(1, 7):
        schedule_reported_product(store=store, next_product_id=number)
    work_all()
    NextProductRefresh.objects.update(due_at=ProductSync.objects.get().started_at)
    work_all()

    assert Product.objects.filter(active=True).count() == 3
    assert len(load_import_progress(store).missing.names) == 3


def test_silent_next_is_asked_again_later(store):
    set_next_products(store, make_lamp())
    store.sandbox.plan_fault("status", status=500, operation="productsList", times=10)

    import_all(store)

    sync = ProductSync.objects.get()
    assert (sync.failures, sync.finished_at, bool(sync.error)) == (1, None, True)
    assert sync.due_at > sync.started_at


def test_command_imports_texts_and_pictures(store, capsys):
    set_next_products(store, make_lamp(description="<p>Bright.</p>"))

    call_command("sync_catalog", "lamps")

    product = Product.objects.get()
    assert (product.active, product.description, product.media.count()) == (True, "<p>Bright.</p>", 2)
    assert "1 products added" in capsys.readouterr().out
