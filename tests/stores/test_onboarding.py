"""What a new store needs is on its page in the admin, each step with its button."""

import pytest
from django.urls import reverse

from catalog.models import Product
from checkout import onboarding
from stores.models import Store
from tests.shop_fixture import SHIPPING_METHODS


def good(number):
    return {
        "id": number,
        "title": f"Lamp {number}",
        "variants": [{"id": number * 100, "title": "", "price": "49.00"}],
    }


@pytest.fixture
def store(transactional_db, admin_client, sandbox_store, settings):
    """Added in the admin, to sell what the sandbox store has."""
    settings.PUBLIC_SCHEME = "https"
    sandbox_store.configure(
        catalogue={
            "products": [good(number) for number in range(1, 4)],
            "shipping_methods": SHIPPING_METHODS,
            "gateways": [{"id": 7, "name": "Link"}],
        }
    )
    add = reverse("admin:stores_store_add")
    form = admin_client.get(add).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    answer = admin_client.post(
        add,
        {name: value for name, value in values.items() if value not in (None, False)}
        | {
            "name": "Lamp House",
            "slug": "lamps",
            "host": "lamps.example.com",
            "next_api_url": sandbox_store.next_api_url,
            "access_token": sandbox_store.token,
        },
    )
    store = Store.objects.get()
    assert answer["Location"] == reverse("admin:stores_store_change", args=[store.pk])
    return store


@pytest.fixture
def take(admin_client, store):
    def take(code):
        """Press a step's button; return what is said of it, and which steps are done then."""
        page = admin_client.post(
            reverse("admin:stores_store_onboarding_step", args=[store.pk, code]), follow=True
        )
        said = [str(message) for message in page.context["messages"]]
        return said, [step.code for step in page.context["steps"] if step.is_done]

    return take


def test_a_new_store_is_set_up_without_a_command(take, sandbox_store):
    assert take("connection")[1] == ["connection"]
    assert take("webhook") == (["The store's news comes here now."], ["connection", "webhook"])
    assert "webhooksCreate" in [call["operation"] for call in sandbox_store.requests()]
    assert take("shipping") == (["2 ways of delivery."], ["connection", "webhook", "shipping"])
    assert take("products") == (
        ["Products: 3 added, 0 changed, 0 as they were."],
        ["connection", "webhook", "shipping", "products"],
    )


def test_a_long_catalogue_is_brought_in_bit_by_bit(take, sandbox_store, monkeypatch):
    sandbox_store.configure(page_size=1)
    monkeypatch.setattr(onboarding, "MAX_IMPORT_SECONDS", 0)

    assert take("products")[0] == ["1 products were read so far. Press it again for more."]
    take("products")
    monkeypatch.undo()
    take("products")

    assert Product.objects.count() == 3


def test_a_step_that_fails_says_why(take, store):
    Store.objects.update(access_token="another")

    said, done = take("shipping")

    assert said == ["NEXT Commerce couldn't be reached: Invalid token."]
    assert done == []


def test_a_step_is_taken_by_who_may_change_stores_alone(client, store, django_user_model):
    client.force_login(django_user_model.objects.create_user("grace", is_staff=True))

    assert (
        client.post(reverse("admin:stores_store_onboarding_step", args=[store.pk, "webhook"])).status_code
        == 403
    )


def test_the_first_page_of_an_empty_admin_says_where_to_begin(admin_client):
    top, begins, _rest = admin_client.get("/admin/").text.partition("Everything else begins")

    assert begins
    assert reverse("admin:stores_store_add") in top
