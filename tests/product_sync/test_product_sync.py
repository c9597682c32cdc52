"""Products synced from NEXT Commerce, over HTTP from a sandbox store."""

import io

import pytest
from django.core.management import call_command
from django.utils import timezone

from catalog import product_sync
from catalog.models import (
    Hold,
    OptionValue,
    Product,
    ProductOption,
    SeenNextProduct,
    Variant,
    VariantOptionValue,
)
from catalog.options import serialize_options
from nextcommerce.client import NextClient
from nextcommerce.errors import NextApiError
from tests.factories import make_link, make_store, variant_of

pytestmark = pytest.mark.django_db(transaction=True)


def list_skipped(summary):
    """Return what a sync left out: names, and reasons as staff read them."""
    return [(name, str(reason)) for name, reason in summary.skipped]


def make_next_product(number, title="Lamp", *, colors=("Black", "White"), price="49.00", stock=10, **fields):
    """Return a NEXT product with one variant per color. Variant IDs derive from its ID."""
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


def set_next_products(store, *products):
    store.sandbox.configure(catalogue=store.sandbox.settings["catalogue"] | {"products": list(products)})


def catalog_state():
    """Return everything in the catalog, to compare before and after."""
    return (
        list(Product.objects.order_by("pk").values()),
        [row | {"stock_synced_at": None} for row in Variant.objects.order_by("pk").values()],
        list(ProductOption.objects.order_by("pk").values()),
        list(OptionValue.objects.order_by("pk").values()),
        list(VariantOptionValue.objects.order_by("pk").values()),
    )


def test_product_is_imported_with_options_prices_and_stock(store):
    set_next_products(
        store, make_next_product(1, "Desk lamp", colors=("Black", "White"), price="49.90", stock=7)
    )

    summary = product_sync.sync_products(store=store)

    product = Product.objects.get()
    assert (summary.added, summary.variants_added) == (1, 2)
    assert (product.name, product.next_product_id, product.slug) == ("Desk lamp", 1, "product-1")
    assert [option["name"] for option in serialize_options(product)] == ["Color"]
    black = variant_of(product, "Black")
    assert (black.next_variant_id, black.sku, str(black.price), black.inventory_quantity) == (
        101,
        "SKU-1-1",
        "49.90",
        7,
    )


def test_stock_beyond_our_column_is_not_counted(store):
    set_next_products(store, make_next_product(1, stock=3_000_000_000))

    product_sync.sync_products(store=store)
    product_sync.sync_products(store=store)

    assert {variant.inventory_quantity for variant in Variant.objects.all()} == {None}


def test_untracked_stock_never_runs_out(store):
    set_next_products(store, make_next_product(1, stock=None))

    product_sync.sync_products(store=store)

    assert {variant.inventory_quantity for variant in Variant.objects.all()} == {None}


def test_second_sync_changes_nothing(store):
    set_next_products(store, make_next_product(1), make_next_product(2, "Bulb", stock=None))
    product_sync.sync_products(store=store)
    before = catalog_state()

    summary = product_sync.sync_products(store=store)

    assert catalog_state() == before
    assert (summary.added, summary.changed, summary.unchanged) == (0, 0, 2)
    assert summary.skipped == []


def test_product_listed_twice_is_imported_once(store, monkeypatch):
    set_next_products(store, make_next_product(1))
    list_page = NextClient.list_products_page

    def list_twice(api, cursor=""):
        products, next_cursor = list_page(api, cursor)
        return products * 2, next_cursor

    monkeypatch.setattr(NextClient, "list_products_page", list_twice)

    summary = product_sync.sync_products(store=store)

    assert (summary.added, Product.objects.count(), Variant.objects.count()) == (1, 1, 2)


def test_changes_at_next_are_imported_and_raise_the_version(store):
    set_next_products(store, make_next_product(1, "Lamp"))
    product_sync.sync_products(store=store)
    set_next_products(
        store, make_next_product(1, "Desk lamp", colors=("Black", "White", "Red"), price="55.00", stock=3)
    )

    summary = product_sync.sync_products(store=store)

    product = Product.objects.get()
    assert (product.name, product.version) == ("Desk lamp", 2)
    assert [(v.title, str(v.price), v.inventory_quantity, v.version) for v in product.variants.all()] == [
        ("Black", "55.00", 3, 2),
        ("White", "55.00", 3, 2),
        ("Red", "55.00", 3, 1),
    ]
    assert (summary.changed, summary.variants_added, summary.variants_changed) == (1, 1, 2)


def test_local_values_stay_unchanged(store):
    set_next_products(store, make_next_product(1))
    product_sync.sync_products(store=store)
    product = Product.objects.get()
    product.description = "Made in Maine."
    product.save()
    OptionValue.objects.filter(value="Black").update(swatch_type="color", swatch_value="#101010")
    product.variants.filter(values__value="White").update(active=False)
    set_next_products(store, make_next_product(1, price="60.00"))

    product_sync.sync_products(store=store)

    product.refresh_from_db()
    assert product.description == "Made in Maine."
    assert serialize_options(product)[0]["values"][0]["swatch"] == {"type": "color", "value": "#101010"}
    assert not variant_of(product, "White").active


def test_stock_held_by_unpaid_orders_is_not_sold_again(store):
    set_next_products(store, make_next_product(1, stock=10))
    product_sync.sync_products(store=store)
    black = variant_of(Product.objects.get(), "Black")
    Variant.objects.filter(pk=black.pk).update(inventory_quantity=8)
    Hold.objects.create(reference="ord_1", variant=black, quantity=2, expires_at=timezone.now())

    product_sync.sync_products(store=store)
    black.refresh_from_db()
    assert black.inventory_quantity == 8

    set_next_products(store, make_next_product(1, stock=1))
    product_sync.sync_products(store=store)
    black.refresh_from_db()
    assert black.inventory_quantity == 0


def test_variants_can_swap_option_values(store):
    set_next_products(store, make_next_product(1, colors=("Black", "White")))
    product_sync.sync_products(store=store)
    ids = {variant.next_variant_id: variant.pk for variant in Variant.objects.all()}
    set_next_products(store, make_next_product(1, colors=("White", "Black")))

    product_sync.sync_products(store=store)

    assert {v.next_variant_id: v.option_values["Color"] for v in Variant.objects.all()} == {
        101: "White",
        102: "Black",
    }
    assert {variant.next_variant_id: variant.pk for variant in Variant.objects.all()} == ids


def test_missing_products_are_deactivated_and_never_deleted(store):
    set_next_products(store, make_next_product(1), make_next_product(2, "Bulb"))
    product_sync.sync_products(store=store)
    lamp, bulb = Product.objects.order_by("next_product_id")
    make_link(lamp)
    set_next_products(store, make_next_product(1, colors=("Black",)))

    summary = product_sync.sync_products(store=store)

    assert not variant_of(lamp, "White").active
    bulb.refresh_from_db()
    assert not bulb.active
    assert summary.deactivated == 2
    assert ("Bulb", "deactivated, because NEXT Commerce no longer sells it") in list_skipped(summary)
    before = catalog_state()
    product_sync.sync_products(store=store)
    assert catalog_state() == before


def test_deactivated_variant_keeps_an_option_that_next_renamed(store):
    set_next_products(store, make_next_product(1, colors=("Black", "White")))
    product_sync.sync_products(store=store)
    black, white = Variant.objects.all()
    renamed = make_next_product(1, colors=("Black",))
    renamed["variants"][0]["attributes"] = [{"code": "shade", "name": "Shade", "value": "Coal"}]
    set_next_products(store, renamed)

    product_sync.sync_products(store=store)

    black, white = Variant.objects.get(pk=black.pk), Variant.objects.get(pk=white.pk)
    assert (black.option_values, black.active) == ({"Shade": "Coal"}, True)
    assert (white.option_values, white.active) == ({"Color": "White"}, False)
    before = catalog_state()
    product_sync.sync_products(store=store)
    assert catalog_state() == before


def test_options_that_a_deactivated_variant_has_are_not_given_to_another(store):
    set_next_products(store, make_next_product(1, colors=("Black", "White", "Red")))
    product_sync.sync_products(store=store)
    # White is gone, Black is now called White, and Red is now called Black.
    changed = make_next_product(1, colors=("White", "Green", "Black"))
    del changed["variants"][1]
    set_next_products(store, changed)

    summary = product_sync.sync_products(store=store)

    assert [(v.next_variant_id, v.title, v.active) for v in Variant.objects.all()] == [
        (101, "Black", True),
        (102, "White", False),
        (103, "Red", True),
    ]
    reasons = [reason for _name, reason in list_skipped(summary)]
    assert "SKU-1-1 has the same options as a deactivated variant" in reasons
    assert "SKU-1-3 has the same options as a deactivated variant" in reasons


def test_local_products_and_other_stores_stay_unchanged(store):
    other = make_store(host="other.example")
    for owner, number in ((store, None), (other, 9)):
        Product.objects.create(store=owner, slug="own", name="Own", next_product_id=number)
    set_next_products(store, make_next_product(1))

    product_sync.sync_products(store=store)

    assert Product.objects.filter(name="Own", active=True).count() == 2


def test_product_without_a_price_in_our_currency_is_skipped(store):
    euro = make_next_product(1, "Euro lamp", colors=("Black",))
    euro["variants"][0] |= {"prices": {"EUR": "49.00"}}
    del euro["variants"][0]["price"]
    set_next_products(store, euro)

    summary = product_sync.sync_products(store=store)

    assert list_skipped(summary) == [("Euro lamp", "SKU-1-1 has no price in USD")]
    assert not Product.objects.exists()


def test_changed_store_currency_is_used_on_the_next_sync(store):
    lamp = make_next_product(1, "Lamp", colors=("Black",))
    del lamp["variants"][0]["price"]
    lamp["variants"][0]["prices"] = {"USD": "49.00", "EUR": "45.00"}
    set_next_products(store, lamp)
    product_sync.sync_products(store=store)

    store.currency = "EUR"
    store.save()
    product_sync.sync_products(store=store)

    product = Product.objects.get()
    assert (product.default_currency, str(product.variants.get().price)) == ("EUR", "45.00")


def test_product_with_too_many_options_is_skipped(store):
    many = make_next_product(1, "Everything lamp", colors=("Black", "White"))
    for variant in many["variants"]:
        variant["attributes"] = [
            {"code": f"a{number}", "name": f"A{number}", "value": variant["title"]} for number in range(6)
        ]
    set_next_products(store, many, make_next_product(2, "Bulb"))

    summary = product_sync.sync_products(store=store)

    assert list_skipped(summary) == [("Everything lamp", "A product can have at most 5 options.")]
    assert [product.name for product in Product.objects.all()] == ["Bulb"]


@pytest.mark.parametrize("sandbox_store", [{"page_size": 2}], indirect=True)
def test_interrupted_sync_resumes_where_it_stopped(store, monkeypatch):
    set_next_products(store, *(make_next_product(number) for number in range(1, 7)))

    def cut_off(count):
        if SeenNextProduct.objects.count() == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        product_sync.sync_products(store=store, on_page=cut_off)
    store.sandbox.clear_requests()

    summary = product_sync.sync_products(store=store)

    assert Product.objects.filter(active=True).count() == 6
    assert (summary.added, summary.deactivated) == (2, 0)
    assert len(store.sandbox.requests()) == 1


@pytest.mark.parametrize("sandbox_store", [{"page_size": 2}], indirect=True)
def test_products_read_before_an_api_error_are_kept(store):
    set_next_products(store, *(make_next_product(number) for number in range(1, 5)))

    def fail_next_request(count):
        store.sandbox.switches(faults=[{"kind": "status", "status": 401, "times": 1}])

    with pytest.raises(NextApiError):
        product_sync.sync_products(store=store, on_page=fail_next_request)

    assert Product.objects.count() == 2
    store.sandbox.switches(faults=[])
    out = io.StringIO()
    call_command("sync_catalog", "lamps", stdout=out)
    assert "lamps: 2 products added, 0 changed, 0 unchanged" in out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("sandbox_store", [{"page_size": 100}], indirect=True)
def test_a_thousand_products_sync_and_a_second_run_changes_nothing(store):
    set_next_products(store, *(make_next_product(number, f"Lamp {number}") for number in range(1, 1001)))
    out = io.StringIO()

    call_command("sync_catalog", "lamps", "--list-only", stdout=out)
    assert "lamps: 1000 products added, 0 changed, 0 unchanged; 2000 variants added" in out.getvalue()
    before = catalog_state()
    call_command("sync_catalog", "lamps", "--list-only", stdout=out)

    assert catalog_state() == before
    assert "0 products added, 0 changed, 1000 unchanged" in out.getvalue()
    # Two for the categories.
    assert len(store.sandbox.requests()) == 22
