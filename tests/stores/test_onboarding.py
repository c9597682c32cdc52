"""The setup steps on a new store's admin page."""

import pytest
from django.urls import reverse

from catalog.models import Product
from checkout import onboarding
from stores.models import Store
from tests.admin_forms import read_admin_form
from tests.shop_fixture import SHIPPING_METHODS


def sandbox_product(number):
    return {
        "id": number,
        "title": f"Lamp {number}",
        "variants": [{"id": number * 100, "title": "", "price": "49.00"}],
    }


@pytest.fixture
def store(transactional_db, admin_client, sandbox_store, settings):
    """A store added in the admin and connected to the sandbox store."""
    settings.PUBLIC_SCHEME = "https"
    sandbox_store.configure(
        catalogue={
            "products": [sandbox_product(number) for number in range(1, 4)],
            "shipping_methods": SHIPPING_METHODS,
            "gateways": [{"id": 7, "name": "Link"}],
        }
    )
    add = reverse("admin:stores_store_add")
    values = read_admin_form(admin_client.get(add))
    response = admin_client.post(
        add,
        values
        | {
            "name": "Lamp House",
            "slug": "lamps",
            "host": "lamps.example.com",
            "next_api_url": sandbox_store.next_api_url,
            "access_token": sandbox_store.token,
        },
    )
    store = Store.objects.get()
    assert response["Location"] == reverse("admin:stores_store_change", args=[store.pk])
    return store


@pytest.fixture
def run_step(admin_client, store):
    def run(code):
        """Press a step's button; return the messages and the codes of the steps done so far."""
        page = admin_client.post(
            reverse("admin:stores_store_onboarding_step", args=[store.pk, code]), follow=True
        )
        messages = [str(message) for message in page.context["messages"]]
        return messages, [step.code for step in page.context["steps"] if step.is_done]

    return run


def test_new_store_is_set_up_by_its_buttons(run_step, sandbox_store):
    assert run_step("connection")[1] == ["connection"]
    assert run_step("webhook") == (["Webhook registered."], ["connection", "webhook"])
    assert "webhooksCreate" in [call["operation"] for call in sandbox_store.requests()]
    assert run_step("shipping") == (["2 shipping methods loaded."], ["connection", "webhook", "shipping"])
    assert run_step("products") == (
        ["Products: 3 added, 0 changed, 0 unchanged."],
        ["connection", "webhook", "shipping", "products"],
    )


def test_long_catalog_is_imported_in_parts(run_step, sandbox_store, monkeypatch):
    sandbox_store.configure(page_size=1)
    monkeypatch.setattr(onboarding, "MAX_IMPORT_SECONDS", 0)

    assert run_step("products")[0] == ["1 product imported so far. Click again to continue."]
    run_step("products")
    monkeypatch.undo()
    run_step("products")

    assert Product.objects.count() == 3


def test_failed_step_says_why(run_step, store):
    Store.objects.update(access_token="another")

    messages, done = run_step("shipping")

    assert messages == ["NEXT Commerce couldn't be reached: Invalid token."]
    assert done == []


def test_step_requires_permission_to_change_stores(client, store, django_user_model):
    client.force_login(django_user_model.objects.create_user("grace", is_staff=True))

    assert (
        client.post(reverse("admin:stores_store_onboarding_step", args=[store.pk, "webhook"])).status_code
        == 403
    )


def test_empty_dashboard_links_to_adding_a_store(admin_client):
    before, text, _after = admin_client.get("/admin/").text.partition("Start here.")

    assert text
    assert reverse("admin:stores_store_add") in before
