"""Staff with few permissions can save a page, and change only what those permissions are for."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from tests.catalog_admin.conftest import StaffBrowser
from tests.factories import make_plan, make_product


@pytest.fixture
def sign_in(client, django_user_model):
    def signed_in(*codenames):
        user = django_user_model.objects.create_user("helper", password="x", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return StaffBrowser(client)

    return signed_in


def page_of(product):
    return reverse("admin:catalog_product_change", args=[product.pk])


def test_product_is_saved_by_staff_who_see_neither_variants_nor_pictures(sign_in, store):
    product = make_product(store, name="Shirt")

    response = sign_in("view_product", "change_product").save(page_of(product), name="Linen shirt")

    product.refresh_from_db()
    assert response.status_code == 200
    assert product.name == "Linen shirt"
    assert product.variants.count() == 1


def test_staff_who_only_view_variants_cannot_change_them(sign_in, store):
    product = make_product(store, name="Shirt", price="49.00")
    staff = sign_in("view_product", "change_product", "view_variant", "view_media")

    staff.save(
        page_of(product), **{"name": "Linen shirt", "variants-0-price": "1.00", "variants-0-DELETE": "on"}
    )

    product.refresh_from_db()
    assert product.name == "Linen shirt"
    assert str(product.variants.get().price) == "49.00"


def test_staff_who_only_view_products_change_no_option(sign_in, store):
    product = make_product(store, options={"Size": ["S", "M"]})
    option = product.options.get()
    staff = sign_in("view_product", "view_variant", "change_variant")

    responses = [
        staff.client.post(reverse("admin:catalog_productoption_change", args=[option.pk]), {"name": "X"}),
        staff.client.post(page_of(product), {"options-0-name": "X"}),
    ]

    option.refresh_from_db()
    assert [response.status_code for response in responses] == [403, 403]
    assert option.name == "Size"


def test_prices_of_a_plan_are_saved_by_staff_who_change_plans(sign_in, store):
    discount = {"policy_type": "FIXED", "adjustment_type": "PERCENTAGE", "adjustment_value": "10"}
    plan = make_plan(make_product(store), pricing_policy=[discount])
    staff = sign_in("view_sellingplan", "change_sellingplan")

    response = staff.save(
        reverse("admin:catalog_sellingplan_change", args=[plan.pk]),
        **{"name": "Club", "pricing_policies-0-adjustment_value": "15"},
    )

    plan.refresh_from_db()
    assert response.status_code == 200
    assert plan.name == "Club"
    assert plan.pricing_policies.get().adjustment_value == "15"
