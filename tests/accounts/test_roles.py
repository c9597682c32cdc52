"""Staff roles: owner, order staff, and catalog staff."""

import pytest
from django.core.management import call_command

from accounts.roles import CATALOG_STAFF, ORDER_STAFF, OWNER, create_staff_roles
from tests.factories import make_product, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client, django_user_model):
    groups = {group.name: group for group in create_staff_roles()}

    def signed_in(role):
        user = django_user_model.objects.create_user(role, password="x", is_staff=True)
        user.groups.add(groups[role])
        client.force_login(user)
        return client

    return signed_in


def opens(client, path):
    return client.get(f"/admin/{path}/").status_code == 200


def test_order_staff_manage_orders_and_see_no_secrets(sign_in):
    client = sign_in(ORDER_STAFF)
    product = make_product(make_store())

    assert opens(client, "orders/order")
    for path in (
        "orders/customer",
        "subscriptions/subscription",
        "subscriptions/invoice",
        "checkout/paymentintent",
        "checkout/shippingmethod",
    ):
        assert opens(client, path)
    assert not opens(client, "stores/store")
    assert not opens(client, "stores/apikey")
    assert not opens(client, "accounts/user")
    assert client.post(f"/admin/catalog/product/{product.pk}/delete/").status_code == 403


def test_catalog_staff_manage_the_catalog_and_see_no_orders(sign_in):
    client = sign_in(CATALOG_STAFF)

    assert opens(client, "catalog/product")
    assert opens(client, "catalog/paymentlink")
    assert not opens(client, "orders/order")
    assert not opens(client, "orders/customer")
    assert not opens(client, "stores/store")


def test_owner_sees_everything(sign_in):
    client = sign_in(OWNER)

    for path in ("orders/order", "catalog/product", "stores/store", "stores/apikey", "accounts/user"):
        assert opens(client, path)


def test_creating_the_roles_twice_changes_nothing(capsys):
    call_command("create_staff_roles")
    first = capsys.readouterr().out
    call_command("create_staff_roles")

    assert capsys.readouterr().out == first
    assert "Order staff: " in first
