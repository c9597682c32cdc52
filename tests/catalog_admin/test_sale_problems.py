"""Products that shoppers can't buy, as staff see them."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import Product, Variant
from tests.factories import make_product, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


def list_names(admin_client, store, problem):
    page = admin_client.get(reverse("admin:catalog_product_changelist"), {"problem": problem})
    return sorted(product.name for product in page.context["cl"].result_list)


def test_filters_find_products_by_their_problem(admin_client, store):
    make_product(store, name="Lamp")
    make_product(store, name="Mug").variants.update(next_variant_id=None)
    make_product(store, name="Sticker").variants.update(price=0)
    Product.objects.filter(pk=make_product(store, name="Tray").pk).update(default_currency="EUR")
    make_product(store, name="Bulb").variants.update(missing_since=timezone.now())

    assert list_names(admin_client, store, "not_in_next") == ["Mug"]
    assert list_names(admin_client, store, "not_for_sale") == ["Mug", "Sticker", "Tray"]
    assert list_names(admin_client, store, "missing") == ["Bulb"]


def test_list_says_what_to_do(admin_client, store):
    make_product(store, name="Mug").variants.update(next_variant_id=None)
    make_product(store, name="Sticker").variants.update(price=0)

    page = admin_client.get(reverse("admin:catalog_product_changelist")).text

    assert "Enter its NEXT Commerce variant ID." in page
    assert "Prices must be at least $0.50" in page


def test_store_page_asks_what_to_do_with_missing_products(admin_client, store):
    mug, lamp = make_product(store, name="Mug"), make_product(store, name="Lamp")
    Product.objects.filter(pk__in=[mug.pk, lamp.pk]).update(missing_since=timezone.now())
    address = reverse("admin:stores_store_change", args=[store.pk])
    decide = reverse("admin:stores_store_missing_products", args=[store.pk])
    page = admin_client.get(address).text
    assert "Missing from NEXT Commerce" in page
    assert "<li>Mug</li>" in page

    digest = re.search('name="digest" value="(.+?)"', page)[1]
    forgotten = admin_client.post(decide, {"decision": "hide"}, follow=True).text
    assert "Review the list, then decide." in forgotten
    assert Product.objects.filter(active=True).count() == 2

    answer = admin_client.post(decide, {"decision": "hide", "digest": digest}, follow=True).text

    assert "2 items are off sale." in answer
    assert "Missing from NEXT Commerce" not in answer
    assert not Product.objects.filter(active=True).exists()
    assert Product.objects.filter(hidden_by_sync=True).count() == 2


def test_staff_keep_missing_variants_on_sale(admin_client, store):
    make_product(store, name="Mug").variants.update(missing_since=timezone.now())
    decide = reverse("admin:stores_store_missing_products", args=[store.pk])

    answer = admin_client.post(decide, {"decision": "keep"}, follow=True).text

    assert "1 item stays on sale." in answer
    assert Variant.objects.filter(active=True, missing_since=None).count() == 1


def test_staff_without_permission_decide_nothing(client, django_user_model, store):
    client.force_login(django_user_model.objects.create_user("temp", is_staff=True))
    make_product(store, name="Mug").variants.update(missing_since=timezone.now())
    decide = reverse("admin:stores_store_missing_products", args=[store.pk])

    assert client.post(decide, {"decision": "hide"}).status_code == 403
    assert Variant.objects.filter(active=True).count() == 1
