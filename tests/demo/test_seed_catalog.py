"""The demo's catalog: varied, created only once, and the same in the sandbox store."""

import pytest
from django.test import override_settings

from catalog.models import LinkVariant, Media, PaymentLink, Product, SellingPlan, Variant
from demo.sandbox_settings import SANDBOX_DISCOUNTS, SANDBOX_TAXES
from demo.seed_catalog import build_sandbox_catalog, seed_demo_catalog
from tests.factories import make_store

pytestmark = pytest.mark.django_db


def load_rows():
    return {
        model: list(model.objects.order_by("pk").values())
        for model in (Product, Variant, Media, PaymentLink, LinkVariant, SellingPlan)
    }


def test_seeding_twice_changes_nothing():
    store = make_store()
    first = seed_demo_catalog(store=store, with_images=False)
    before = load_rows()
    assert seed_demo_catalog(store=store, with_images=False) == first
    assert load_rows() == before


def test_catalog_has_every_kind_of_product(client):
    store = make_store()
    links = seed_demo_catalog(store=store, with_images=False)
    products = Product.objects.filter(store=store)
    assert products.filter(listed=True).count() >= 8
    assert products.filter(options__name="Size").exists()
    assert products.filter(requires_selling_plan=True).count() == 2
    assert products.filter(collect_shipping_address=False).count() == 2
    assert LinkVariant.objects.filter(is_primary=False, min_quantity=1, max_quantity=5).count() == 1
    assert LinkVariant.objects.filter(link__slug="slow-morning", is_primary=False).count() == 3
    assert PaymentLink.objects.get(slug="pay-what-you-want").min_amount == 5
    sold_out = products.get(slug="lambswool-throw")
    assert [variant.inventory_quantity for variant in sold_out.variants.all()] == [0]
    assert [client.get(link.get_absolute_url()).status_code for link in links] == [200] * len(links)


def test_sandbox_catalog_has_the_same_variants_prices_and_stock():
    seed_demo_catalog(store=make_store(), with_images=False)
    in_shop = {
        variant.next_variant_id: (variant.sku, str(variant.price), variant.inventory_quantity)
        for variant in Variant.objects.all()
    }
    in_sandbox = {
        variant["id"]: (variant["sku"], variant["price"], variant["stock"])
        for product in build_sandbox_catalog()["products"]
        for variant in product["variants"]
    }
    assert in_shop == in_sandbox


def test_sandbox_accepts_the_catalog(sandbox):
    store = sandbox.create_store(
        catalogue=build_sandbox_catalog(), taxes=SANDBOX_TAXES, discounts=SANDBOX_DISCOUNTS
    )
    mug = {"product_id": build_sandbox_catalog()["products"][0]["variants"][0]["id"], "quantity": 2}
    cart = store.call("POST", "carts/", {"lines": [mug], "vouchers": ["WELCOME10", "SAVE5"]}).json()
    assert [row["amount"] for row in cart["voucher_discounts"]] == ["3.60", "5.00"]
    store.delete()


@pytest.mark.slow
@pytest.mark.any_database
def test_every_product_has_an_image_in_each_color(tmp_path, client):
    with override_settings(MEDIA_ROOT=tmp_path):
        store = make_store()
        seed_demo_catalog(store=store)
        for product in Product.objects.all():
            assert product.media.count() >= 1
            assert product.media_order == [media.pk for media in product.media.all()]
        for media in Media.objects.all():
            assert media.alt_text
            files = [item.name for item in media.renditions]
            assert all((tmp_path / name).stat().st_size < 90_000 for name in files)
        page = client.get("/products/dawn-mug").content.decode()
    assert page.count("<figure") == 4
    assert 'type="image/webp"' in page
