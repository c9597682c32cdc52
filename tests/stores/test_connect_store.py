"""Connecting a store: staff type an address and a token, and NEXT tells the rest."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from stores.address_forms import NextAddressField
from stores.connect import find_free_slug
from stores.models import Store, StoreHealth
from tests.factories import make_store

ADD = reverse("admin:stores_store_add")
pytestmark = pytest.mark.any_database


@pytest.fixture
def connect(transactional_db, admin_client, sandbox_store, settings):
    settings.PUBLIC_SCHEME = "https"
    settings.NEXT_API_CALLS_PER_SECOND = 1000

    def connect(**values):
        data = {
            "next_api_url": sandbox_store.url,
            "access_token": sandbox_store.token,
            "host": "lamps.example.com",
            "is_live": "test",
        }
        return admin_client.post(ADD, data | values)

    return connect


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("acme", "https://acme.29next.store/api/admin/"),
        ("acme.29next.store", "https://acme.29next.store/api/admin/"),
        (" https://acme.29next.store/dashboard/orders/?page=2 ", "https://acme.29next.store/api/admin/"),
        ("https://acme.29next.store/api/admin", "https://acme.29next.store/api/admin/"),
        ("shop.acme.example", "https://shop.acme.example/api/admin/"),
        ("https://shop.acme.example/next/api/admin/", "https://shop.acme.example/next/api/admin/"),
    ],
)
def test_any_address_of_the_store_will_do(typed, address):
    assert NextAddressField(assume_scheme="https").clean(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "https://[", "acme store", "javascript:alert(1)", "ftp://acme.example"]
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(ValidationError):
        NextAddressField(assume_scheme="https").clean(typed)


def test_form_suggests_the_host_of_the_page_unless_a_store_has_it(db, admin_client):
    before = admin_client.get(ADD)
    make_store(host="testserver")

    assert before.context["form"]["host"].value() == "testserver"
    assert admin_client.get(ADD).context["form"]["host"].value() is None


def test_address_and_token_are_enough(connect, sandbox_store):
    sandbox_store.configure(name="Lamp House", currency="EUR", timezone="Europe/Berlin")

    response = connect()

    store = Store.objects.get()
    assert response["Location"] == reverse("admin:stores_store_setup", args=[store.pk])
    assert (store.name, store.slug, store.currency) == ("Lamp House", "lamp-house-test", "EUR")
    assert store.time_zone == "Europe/Berlin"
    assert store.next_api_url == sandbox_store.next_api_url
    assert store.access_token == sandbox_store.token
    assert store.invoice_address == "1 Sandbox Street\nSpringfield NY 00000"
    assert store.payment_methods == ["test_3ds_card"]
    assert store.webhook_secret.startswith("whsec_")
    assert store.shipping_methods.count() == 2


def test_live_store_pays_with_link_and_leaves_the_choice_of_several_gateways_open(connect):
    connect(is_live="live")

    store = Store.objects.get()
    assert (store.is_live, store.payment_methods) == (True, ["link"])
    assert (store.payment_gateway, store.payment_gateway_group) == (None, None)


def test_only_gateway_that_takes_link_is_chosen(connect, sandbox_store):
    gateways = [{"id": 5, "name": "Adyen", "gateway_type": "adyen"}, {"id": 7, "name": "Stripe"}]
    catalog = sandbox_store.settings["catalogue"] | {"gateways": gateways, "gateway_groups": []}
    sandbox_store.configure(catalogue=catalog)

    connect(is_live="live")

    assert Store.objects.get().payment_gateway == 7


@pytest.mark.parametrize(
    ("taken", "is_live", "slug"),
    [
        ([], True, "lamp-house"),
        ([], False, "lamp-house-test"),
        (["lamp-house-test"], False, "lamp-house-test-2"),
        (["lamp-house", "lamp-house-2"], True, "lamp-house-3"),
    ],
)
def test_store_of_a_taken_name_gets_a_slug_of_its_own(db, taken, is_live, slug):
    for number, name in enumerate(taken):
        make_store(slug=name, host=f"{number}.example.com")

    assert find_free_slug(Store(name="Lamp House", is_live=is_live)) == slug


def test_refused_token_saves_nothing(connect):
    page = connect(access_token="another")

    assert page.context["form"].errors == {
        "access_token": ["NEXT Commerce didn't accept this: Invalid token."]
    }
    assert Store.objects.count() == 0


def test_silent_store_saves_nothing(connect):
    page = connect(next_api_url="http://127.0.0.1:9/")

    assert list(page.context["form"].errors) == ["next_api_url"]
    assert Store.objects.count() == 0


def test_store_whose_webhook_cannot_be_registered_is_connected_all_the_same(connect, sandbox_store):
    sandbox_store.plan_fault("status", operation="webhooksCreate", status=500)

    connect()

    assert Store.objects.get().health.read_at is not None


def test_host_of_another_store_is_refused(connect):
    connect()
    page = connect()

    assert list(page.context["form"].errors) == ["host"]
    assert Store.objects.count() == 1


def test_token_without_scopes_is_connected_and_the_scopes_are_known(connect, sandbox_store):
    sandbox_store.switches(missing_scopes=["gateways:read", "orders:write", "carts:write"])

    connect()

    health = StoreHealth.objects.get()
    assert health.next_settings["missing_scopes"] == ["gateways:read", "orders:write", "carts:write"]
    assert Store.objects.get().last_failure_at is None


def test_checking_the_token_changes_nothing_in_the_store(connect, sandbox_store):
    connect()

    answers = {
        (call["method"], call["path"], call["status"])
        for call in sandbox_store.requests()
        if call["method"] != "GET" and call["operation"] != "webhooksCreate"
    }
    assert {status for _method, _path, status in answers} == {404}
