"""What NEXT Commerce stops listing: hidden, held for staff, and put back on sale (S32)."""

import io

import pytest
from django.core.management import call_command

from catalog import missing_products, product_edits, product_sync
from catalog.models import Product, Variant
from stores.errors import Conflict
from tests.product_sync.test_product_sync import list_skipped, make_next_product, set_next_products, store

__all__ = ["store"]
pytestmark = pytest.mark.django_db(transaction=True)


def set_lamps(store, *numbers):
    set_next_products(store, *(make_next_product(number, f"Lamp {number}") for number in numbers))


def sync_lamps(store, *numbers):
    set_lamps(store, *numbers)
    return product_sync.sync_products(store=store)


def names_on_sale():
    return sorted(Product.objects.filter(active=True).values_list("name", flat=True))


@pytest.mark.parametrize("listed", [[], [1]])
def test_empty_or_short_list_hides_nothing_and_waits_for_staff(store, listed):
    sync_lamps(store, 1, 2, 3)

    summary = sync_lamps(store, *listed)

    assert names_on_sale() == ["Lamp 1", "Lamp 2", "Lamp 3"]
    assert summary.deactivated == 0
    assert summary.held == ["Lamp 1", "Lamp 2", "Lamp 3"][len(listed) :]
    assert missing_products.list_missing_products(store).names == summary.held


def test_empty_list_does_not_hide_the_only_product(store):
    sync_lamps(store, 1)

    assert sync_lamps(store).held == ["Lamp 1"]
    assert names_on_sale() == ["Lamp 1"]


def test_next_full_list_ends_the_wait(store):
    sync_lamps(store, 1, 2, 3)
    sync_lamps(store)

    summary = sync_lamps(store, 1, 2, 3)

    assert (summary.held, summary.unchanged) == ([], 3)
    assert not missing_products.list_missing_products(store)


def test_list_whose_variants_lost_their_prices_hides_nothing(store):
    sync_lamps(store, 1, 2, 3)
    broken = [make_next_product(number, f"Lamp {number}") for number in (1, 2, 3)]
    for variant in (variant for product in broken for variant in product["variants"]):
        variant["prices"] = {"EUR": variant.pop("price")}
    set_next_products(store, *broken)

    summary = product_sync.sync_products(store=store)

    assert Variant.objects.filter(active=True).count() == 6
    assert sorted(summary.held)[:2] == ["Lamp 1 – Black", "Lamp 1 – White"]


def test_few_missing_products_are_hidden_and_come_back(store):
    sync_lamps(store, 1, 2)
    sync_lamps(store, 1)
    assert names_on_sale() == ["Lamp 1"]

    summary = sync_lamps(store, 1, 2)

    assert names_on_sale() == ["Lamp 1", "Lamp 2"]
    assert summary.reactivated == 1


def test_missing_variant_comes_back(store):
    set_next_products(store, make_next_product(1))
    product_sync.sync_products(store=store)
    set_next_products(store, make_next_product(1, colors=("Black",)))
    product_sync.sync_products(store=store)
    assert Variant.objects.filter(active=True).count() == 1
    set_next_products(store, make_next_product(1))

    product_sync.sync_products(store=store)

    assert Variant.objects.filter(active=True, hidden_by_sync=False).count() == 2


def test_what_staff_took_off_sale_stays_off(store):
    sync_lamps(store, 1, 2)
    product_edits.set_products_active(products=Product.objects.filter(name="Lamp 2"), active=False)

    sync_lamps(store, 1)
    sync_lamps(store, 1, 2)

    assert names_on_sale() == ["Lamp 1"]


def test_what_staff_took_off_sale_after_the_sync_stays_off(store):
    """Staff who put a hidden product on sale and off again have decided."""
    sync_lamps(store, 1, 2)
    sync_lamps(store, 1)
    lamp = Product.objects.filter(name="Lamp 2")
    product_edits.set_products_active(products=lamp, active=True)
    product_edits.set_products_active(products=lamp, active=False)

    sync_lamps(store, 1, 2)

    assert names_on_sale() == ["Lamp 1"]


def test_staff_hide_what_waits_and_the_sync_puts_it_back(store):
    sync_lamps(store, 1, 2, 3)
    sync_lamps(store, 1)

    seen = missing_products.list_missing_products(store)
    hidden = missing_products.hide_missing_products(store=store, digest=seen.digest)

    assert hidden.names == ["Lamp 2", "Lamp 3"]
    assert names_on_sale() == ["Lamp 1"]
    sync_lamps(store, 1, 2, 3)
    assert names_on_sale() == ["Lamp 1", "Lamp 2", "Lamp 3"]


def test_staff_hide_only_what_they_saw(store):
    """S32: a still shorter list comes between the look and the click."""
    sync_lamps(store, 1, 2, 3)
    sync_lamps(store, 1)
    seen = missing_products.list_missing_products(store)
    sync_lamps(store)

    with pytest.raises(Conflict, match="Another import has changed what is missing"):
        missing_products.hide_missing_products(store=store, digest=seen.digest)

    assert names_on_sale() == ["Lamp 1", "Lamp 2", "Lamp 3"]


def test_staff_keep_what_waits(store):
    sync_lamps(store, 1, 2, 3)
    sync_lamps(store, 1)

    missing_products.keep_missing_products(store=store)

    assert names_on_sale() == ["Lamp 1", "Lamp 2", "Lamp 3"]
    assert not missing_products.list_missing_products(store)


def test_variant_id_that_next_does_not_list_is_taken_off_sale(store):
    """Also of a product that was never imported."""
    sync_lamps(store, 1)
    own = Product.objects.create(store=store, slug="tray", name="Oak tray")
    Variant.objects.create(product=own, store=store, price=20, next_variant_id=987_654)

    summary = sync_lamps(store, 1)

    assert ("Oak tray", "deactivated, because NEXT Commerce no longer sells it") in list_skipped(summary)
    assert not Variant.objects.get(product=own).active


def test_command_names_what_waits_for_staff(store):
    sync_lamps(store, 1, 2, 3)
    set_lamps(store)
    out = io.StringIO()

    call_command("sync_catalog", "lamps", stdout=out)

    assert (
        "Still on sale, although NEXT Commerce listed too little: Lamp 1, Lamp 2, Lamp 3." in out.getvalue()
    )
