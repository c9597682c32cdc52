"""Permissions as staff read them."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils.translation import override

from accounts.permission_names import name_permission

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.mark.parametrize(
    ("codename", "name"),
    [
        ("view_order", "Orders: view"),
        ("refund_order", "Orders: refund"),
        ("open_customer_page", "Orders: open customers' own pages"),
        ("erase_customer", "Customers: erase personal data"),
        ("change_store_keys", "Stores: change the API address, access token, and webhook secret"),
    ],
)
def test_permission_is_named_by_its_rows_and_act(codename, name):
    assert name_permission(Permission.objects.get(codename=codename)) == name


def test_each_permission_of_the_shop_has_a_name_of_its_own():
    permissions = list(Permission.objects.select_related("content_type"))
    ours = [one for one in permissions if one.content_type.app_label in {"orders", "catalog", "stores"}]

    names = [name_permission(one) for one in ours]

    assert not [name for name in names if name.startswith("Can ")]
    assert len(set(names)) == len(names)


def test_permission_of_a_removed_model_keeps_its_name():
    gone = ContentType.objects.create(app_label="orders", model="coupon")

    assert name_permission(Permission(content_type=gone, codename="add_coupon", name="Can add coupon")) == (
        "Can add coupon"
    )


def test_role_page_offers_permissions_by_name(admin_client):
    page = admin_client.get(reverse("admin:auth_group_add")).text

    assert ">Orders: refund</option>" in page
    assert "Can refund orders" not in page
    with override("de"):
        assert "Can " not in name_permission(Permission.objects.get(codename="view_order"))
