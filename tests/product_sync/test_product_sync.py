"""The store's products come into the catalogue, over HTTP from a sandbox store."""

import io

import pytest
from django.core.management import call_command
from django.utils import timezone

from catalog import product_sync
from catalog.models import Hold, Product, ProductSync, Variant
from nextcommerce.errors import NextApiError
from tests.factories import make_link, make_store, variant_of

pytestmark = pytest.mark.django_db(transaction=True)


def good(number, title="Lamp", *, colors=("Black", "White"), price="49.00", stock=10, **fields):
    """A product of the store with a variant for each color; ids follow from its own."""
    return {
        "id": number,
        "title": title,
        "variants": [
            {
                "id": number * 100 + place,
                "title": color,
                "sku": f"SKU-{number}-{place}",
                "price": price,
                "stock": stock,
                "attributes": [{"code": "color", "name": "Color", "value": color}],
            }
            for place, color in enumerate(colors, start=1)
        ],
        **fields,
    }


@pytest.fixture
def store(sandbox_store):
    store = make_store(
        slug="lamps", next_api_url=sandbox_store.next_api_url, access_token=sandbox_store.token
    )
    store.sandbox = sandbox_store
    return store


def on_the_shelf(store, *goods):
    store.sandbox.configure(catalogue=store.sandbox.settings["catalogue"] | {"products": list(goods)})


def state():
    """Everything the catalogue holds, to compare before and after."""
    return (
        list(Product.objects.order_by("pk").values()),
        list(Variant.objects.order_by("pk").values()),
    )


def test_a_product_comes_with_its_options_prices_and_stock(store):
    on_the_shelf(store, good(1, "Desk lamp", colors=("Black", "White"), price="49.90", stock=7))

    summary = product_sync.sync_products(store=store)

    product = Product.objects.get()
    assert (summary.added, summary.variants_added) == (1, 2)
    assert (product.name, product.next_product_id, product.slug) == ("Desk lamp", 1, "product-1")
    assert [option["name"] for option in product.options] == ["Color"]
    black = variant_of(product, "Black")
    assert (black.next_variant_id, black.sku, str(black.price), black.inventory_quantity) == (
        101,
        "SKU-1-1",
        "49.90",
        7,
    )


def test_stock_that_is_not_counted_never_runs_out(store):
    on_the_shelf(store, good(1, stock=None))

    product_sync.sync_products(store=store)

    assert {variant.inventory_quantity for variant in Variant.objects.all()} == {None}


def test_twice_in_a_row_changes_nothing(store):
    on_the_shelf(store, good(1), good(2, "Bulb", stock=None))
    product_sync.sync_products(store=store)
    before = state()

    summary = product_sync.sync_products(store=store)

    assert state() == before
    assert (summary.added, summary.changed, summary.unchanged) == (0, 0, 2)
    assert summary.skipped == []


def test_a_change_in_the_store_is_a_change_here_and_a_new_version(store):
    on_the_shelf(store, good(1, "Lamp"))
    product_sync.sync_products(store=store)
    on_the_shelf(store, good(1, "Desk lamp", colors=("Black", "White", "Red"), price="55.00", stock=3))

    summary = product_sync.sync_products(store=store)

    product = Product.objects.get()
    assert (product.name, product.version) == ("Desk lamp", 2)
    assert [(v.title, str(v.price), v.inventory_quantity, v.version) for v in product.variants.all()] == [
        ("Black", "55.00", 3, 2),
        ("White", "55.00", 3, 2),
        ("Red", "55.00", 3, 1),
    ]
    assert (summary.changed, summary.variants_added, summary.variants_changed) == (1, 1, 2)


def test_what_only_we_know_is_left_alone(store):
    on_the_shelf(store, good(1))
    product_sync.sync_products(store=store)
    product = Product.objects.get()
    product.description = "Made by hand."
    product.options[0]["values"][0]["swatch"] = {"type": "color", "value": "#101010"}
    product.save()
    product.variants.filter(option_values__Color="White").update(active=False)
    on_the_shelf(store, good(1, price="60.00"))

    product_sync.sync_products(store=store)

    product.refresh_from_db()
    assert product.description == "Made by hand."
    assert product.options[0]["values"][0]["swatch"] == {"type": "color", "value": "#101010"}
    assert not variant_of(product, "White").active


def test_stock_held_by_unpaid_orders_is_not_sold_again(store):
    on_the_shelf(store, good(1, stock=10))
    product_sync.sync_products(store=store)
    black = variant_of(Product.objects.get(), "Black")
    Variant.objects.filter(pk=black.pk).update(inventory_quantity=8)
    Hold.objects.create(reference="ord_1", variant=black, quantity=2, expires_at=timezone.now())

    product_sync.sync_products(store=store)
    black.refresh_from_db()
    assert black.inventory_quantity == 8

    on_the_shelf(store, good(1, stock=1))
    product_sync.sync_products(store=store)
    black.refresh_from_db()
    assert black.inventory_quantity == 0


def test_values_that_change_places_do_not_meet(store):
    on_the_shelf(store, good(1, colors=("Black", "White")))
    product_sync.sync_products(store=store)
    ids = {variant.next_variant_id: variant.pk for variant in Variant.objects.all()}
    on_the_shelf(store, good(1, colors=("White", "Black")))

    product_sync.sync_products(store=store)

    assert {v.next_variant_id: v.option_values["Color"] for v in Variant.objects.all()} == {
        101: "White",
        102: "Black",
    }
    assert {variant.next_variant_id: variant.pk for variant in Variant.objects.all()} == ids


def test_what_the_store_no_longer_sells_is_switched_off_and_never_deleted(store):
    on_the_shelf(store, good(1), good(2, "Bulb"))
    product_sync.sync_products(store=store)
    lamp, bulb = Product.objects.order_by("next_product_id")
    make_link(lamp)
    on_the_shelf(store, good(1, colors=("Black",)))

    summary = product_sync.sync_products(store=store)

    assert not variant_of(lamp, "White").active
    bulb.refresh_from_db()
    assert not bulb.active
    assert summary.deactivated == 2
    assert ("Bulb", "the store no longer sells it: switched off") in summary.skipped
    before = state()
    product_sync.sync_products(store=store)
    assert state() == before


def test_products_of_our_own_and_of_other_stores_are_left_alone(store):
    other = make_store(host="other.example")
    for owner, number in ((store, None), (other, 9)):
        Product.objects.create(store=owner, slug="own", name="Own", next_product_id=number)
    on_the_shelf(store, good(1))

    product_sync.sync_products(store=store)

    assert Product.objects.filter(name="Own", active=True).count() == 2


def test_a_product_without_a_price_in_our_currency_is_left_alone_and_said_so(store):
    euro = good(1, "Euro lamp", colors=("Black",))
    euro["variants"][0] |= {"prices": {"EUR": "49.00"}}
    del euro["variants"][0]["price"]
    on_the_shelf(store, euro)

    summary = product_sync.sync_products(store=store)

    assert summary.skipped == [("Euro lamp", "SKU-1-1 has no price in USD")]
    assert not Product.objects.exists()


def test_a_store_that_changes_its_currency_sells_in_the_new_one(store):
    lamp = good(1, "Lamp", colors=("Black",))
    del lamp["variants"][0]["price"]
    lamp["variants"][0]["prices"] = {"USD": "49.00", "EUR": "45.00"}
    on_the_shelf(store, lamp)
    product_sync.sync_products(store=store)

    store.currency = "EUR"
    store.save()
    product_sync.sync_products(store=store)

    product = Product.objects.get()
    assert (product.default_currency, str(product.variants.get().price)) == ("EUR", "45.00")


def test_a_product_with_more_options_than_we_sell_by_is_left_alone_and_said_so(store):
    many = good(1, "Everything lamp", colors=("Black", "White"))
    for variant in many["variants"]:
        variant["attributes"] = [
            {"code": f"a{number}", "name": f"A{number}", "value": variant["title"]} for number in range(6)
        ]
    on_the_shelf(store, many, good(2, "Bulb"))

    summary = product_sync.sync_products(store=store)

    assert summary.skipped == [("Everything lamp", "A product has at most 5 options.")]
    assert [product.name for product in Product.objects.all()] == ["Bulb"]


@pytest.mark.parametrize("sandbox_store", [{"page_size": 2}], indirect=True)
def test_a_reading_that_was_cut_off_goes_on_where_it_was(store, monkeypatch):
    on_the_shelf(store, *(good(number) for number in range(1, 7)))

    def cut_off(count):
        if ProductSync.objects.get().seen_product_ids == [1, 2, 3, 4]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        product_sync.sync_products(store=store, on_page=cut_off)
    store.sandbox.clear_requests()

    summary = product_sync.sync_products(store=store)

    assert Product.objects.filter(active=True).count() == 6
    assert (summary.added, summary.deactivated) == (2, 0)
    assert len(store.sandbox.requests()) == 1


@pytest.mark.parametrize("sandbox_store", [{"page_size": 2}], indirect=True)
def test_a_store_that_stops_answering_keeps_what_was_read(store):
    on_the_shelf(store, *(good(number) for number in range(1, 5)))

    def then_nothing(count):
        store.sandbox.switches(faults=[{"kind": "status", "status": 401, "times": 1}])

    with pytest.raises(NextApiError):
        product_sync.sync_products(store=store, on_page=then_nothing)

    assert Product.objects.count() == 2
    store.sandbox.switches(faults=[])
    out = io.StringIO()
    call_command("sync_catalog", "lamps", stdout=out)
    assert "lamps: 2 products added, 0 changed, 0 as they were" in out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("sandbox_store", [{"page_size": 100}], indirect=True)
def test_a_thousand_products_are_read_and_twice_changes_nothing(store):
    on_the_shelf(store, *(good(number, f"Lamp {number}") for number in range(1, 1001)))
    out = io.StringIO()

    call_command("sync_catalog", "lamps", stdout=out)
    assert "lamps: 1000 products added, 0 changed, 0 as they were; 2000 variants added" in out.getvalue()
    before = state()
    call_command("sync_catalog", "lamps", stdout=out)

    assert state() == before
    assert "0 products added, 0 changed, 1000 as they were" in out.getvalue()
    assert len(store.sandbox.requests()) == 20
