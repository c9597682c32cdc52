"""Staff see a product's page as shoppers will, before it is on sale."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from catalog.models import Variant
from stores.page_cache import clear_page_cache
from tests.factories import make_product

pytestmark = pytest.mark.any_database


def preview_of(product):
    return reverse("admin:catalog_product_preview", args=[product.pk])


def test_draft_is_shown_to_staff_only(staff, store, client):
    product = make_product(store, name="Desk lamp", options={"Color": ["Black", "White"]}, active=False)

    page = staff.open(preview_of(product))

    text = page.content.decode()
    assert "Only staff see this page until the product is on sale." in text
    assert "$49.00" in text
    assert "White" in text
    assert '<meta name="robots" content="noindex">' in text
    assert "no-store" in page["Cache-Control"]
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "form-action 'none'" in page["Content-Security-Policy"]
    clear_page_cache(host="testserver")
    client.logout()
    assert client.get("/products/desk-lamp").status_code == 404
    assert client.get(preview_of(product)).status_code == 302


def test_variants_off_sale_are_left_out_unless_all_are(staff, store):
    product = make_product(store, options={"Color": ["Black", "White"]})
    white = product.variants.last()
    Variant.objects.filter(pk=white.pk).update(active=False)
    assert "White" not in staff.open(preview_of(product)).content.decode()

    product.variants.update(active=False)
    assert "White" in staff.open(preview_of(product)).content.decode()


def test_product_without_variants_is_told_as_that(staff, store):
    product = make_product(store)
    product.variants.all().delete()

    assert "This product has no variants yet." in staff.open(preview_of(product)).content.decode()


def test_preview_needs_permission_to_view_products(client, django_user_model, store):
    product = make_product(store)
    helper = django_user_model.objects.create_user("helper", is_staff=True)
    client.force_login(helper, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(preview_of(product)).status_code == 403

    helper.user_permissions.set(Permission.objects.filter(codename="view_product"))
    assert client.get(preview_of(product)).status_code == 200
