"""Admin pages of stores and API keys."""

import re

import pytest
from django.db import connection
from django.urls import reverse

from checkout.models import PaymentIntent
from stores.models import ApiKey, Store
from tests.factories import make_orders, make_store

STORES = reverse("admin:stores_store_changelist")
KEYS = reverse("admin:stores_apikey_changelist")


@pytest.fixture
def staff(admin_client):
    return admin_client


def form_values(client, store):
    """Return the change form's fields as a browser would send them back."""
    page = client.get(reverse("admin:stores_store_change", args=[store.pk]))
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, False)}


def save(client, store, **changes):
    data = form_values(client, store) | changes
    return client.post(reverse("admin:stores_store_change", args=[store.pk]), data, follow=True)


def test_secrets_are_never_shown_again(staff):
    store = make_store(access_token="tok-secret-1", webhook_secret="whsec-secret-2")

    page = staff.get(reverse("admin:stores_store_change", args=[store.pk])).content.decode()

    assert "tok-secret-1" not in page
    assert "whsec-secret-2" not in page
    assert page.count("Leave blank to keep it") == 2


def test_blank_secret_keeps_the_stored_one(staff):
    store = make_store(access_token="tok", webhook_secret="whsec")

    save(staff, store, name="Renamed", access_token="", webhook_secret="")

    store.refresh_from_db()
    assert (store.name, store.access_token, store.webhook_secret) == ("Renamed", "tok", "whsec")


def test_new_secret_replaces_the_stored_one(staff):
    store = make_store(access_token="tok")

    save(staff, store, access_token="tok-2")

    store.refresh_from_db()
    assert store.access_token == "tok-2"


@pytest.fixture
def selling_store():
    """A store with an order that is being paid."""
    store = make_orders(make_store(), 1, next_order_number="1001")
    order = store.orders.get()
    PaymentIntent.objects.create(
        store=store, order=order, fingerprint="f", amount="10.00", currency="USD", snapshot={}
    )
    return store


def test_api_url_of_a_store_with_orders_changes_only_if_confirmed(staff, selling_store):
    """In another NEXT store the same order numbers belong to other customers."""
    old, new = selling_store.next_api_url, "http://127.0.0.1:10/api/admin/"

    page = save(staff, selling_store, next_api_url=new).content.decode()
    assert "Orders were made at the old address" in page
    selling_store.refresh_from_db()
    assert selling_store.next_api_url == old

    page = save(staff, selling_store, next_api_url=new, has_moved="on").content.decode()
    assert "1 payment is under way" in page
    selling_store.refresh_from_db()
    assert selling_store.next_api_url == new


def test_new_token_warns_about_payments_under_way(staff, selling_store):
    assert "1 payment is under way" in save(staff, selling_store, access_token="tok-2").content.decode()
    assert "under way" not in save(staff, selling_store, name="Renamed", access_token="").content.decode()


def test_api_url_of_a_store_without_orders_can_change(staff):
    store = make_store()

    save(staff, store, next_api_url="http://127.0.0.1:10/api/admin")

    store.refresh_from_db()
    assert store.next_api_url == "http://127.0.0.1:10/api/admin/"


def test_secrets_are_encrypted_in_the_database(db):
    store = make_store(access_token="tok-plain")
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token FROM stores_store WHERE id = %s", [store.pk])
        (stored,) = cursor.fetchone()

    assert "tok-plain" not in stored


def test_countries_and_tax_rates_are_typed_as_plain_text(staff):
    store = make_store()

    save(staff, store, countries="us, de fr", tax_rates="DE 19\nFR: 20 %\n")

    store.refresh_from_db()
    assert store.countries == ["US", "DE", "FR"]
    assert store.tax_rates == {"DE": "19", "FR": "20"}
    page = staff.get(reverse("admin:stores_store_change", args=[store.pk])).content.decode()
    assert "US, DE, FR" in page
    assert "DE 19\nFR 20" in page


def test_footer_links_are_typed_one_per_line(staff):
    store = make_store()

    save(
        staff, store, footer_links="Terms of sale https://example.com/terms\n\nPrivacy http://example.com/p\n"
    )

    store.refresh_from_db()
    assert store.footer_links == [
        {"name": "Terms of sale", "url": "https://example.com/terms"},
        {"name": "Privacy", "url": "http://example.com/p"},
    ]
    page = staff.get(reverse("admin:stores_store_change", args=[store.pk])).content.decode()
    assert "Terms of sale https://example.com/terms\nPrivacy http://example.com/p" in page


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("countries", "Germany", "is not a two-letter country code"),
        ("countries", "US, XX", "XX is not a two-letter country code"),
        ("currency", "usx", "USX is not a currency code"),
        ("time_zone", "Mars/Phobos", "Mars/Phobos is not a time zone"),
        ("time_zone", "../../etc/passwd", "is not a time zone"),
        ("tax_rates", "DE much", "needs a country code and a percentage"),
        ("tax_rates", "DE 190", "needs a country code and a percentage"),
        ("tax_rates", "DE NaN", "needs a country code and a percentage"),
        ("tax_rates", "Germany 19", "is not a two-letter country code"),
        ("host", "https://shop.example.com/", "Enter only a host name"),
        ("footer_links", "Terms javascript:alert(1)", "needs a name and a URL"),
        ("footer_links", "https://example.com/terms", "needs a name and a URL"),
    ],
)
def test_invalid_value_is_explained_next_to_its_field(staff, field, value, message):
    page = save(staff, make_store(), **{field: value}).content.decode()

    assert message in page


def test_currency_is_saved_in_capitals(staff):
    store = make_store()

    save(staff, store, currency="eur")

    store.refresh_from_db()
    assert store.currency == "EUR"


def test_gateway_and_gateway_group_exclude_each_other(staff):
    page = save(staff, make_store(), payment_gateway="1", payment_gateway_group="2").content.decode()

    assert "Set either a gateway or a gateway group, not both." in page


def test_live_store_cannot_use_the_test_card(staff):
    page = save(staff, make_store(), is_live="on", payment_method="test_3ds_card").content.decode()

    assert "A live store uses Link." in page


def check_connection(client, store):
    data = {"action": "check_connections", "_selected_action": [store.pk]}
    return [str(message) for message in client.post(STORES, data, follow=True).context["messages"]]


@pytest.mark.django_db(transaction=True)
def test_connection_check_names_the_store(staff, sandbox_store):
    store = make_store(next_api_url=sandbox_store.next_api_url, access_token=sandbox_store.token)

    (message,) = check_connection(staff, store)

    assert message.startswith("Lamp House: Connected to ")
    assert "webhook secret" not in message
    store.refresh_from_db()
    assert store.last_response_at is not None


@pytest.mark.django_db(transaction=True)
def test_connection_check_lists_problems(staff, sandbox_store):
    store = make_store(
        next_api_url=sandbox_store.next_api_url,
        access_token=sandbox_store.token,
        currency="SEK",
        webhook_secret="",
    )

    (message,) = check_connection(staff, store)

    assert "It doesn't accept SEK." in message
    assert "No webhook secret" in message


def test_connection_check_reports_a_failure(staff):
    (message,) = check_connection(staff, make_store())

    assert "NEXT Commerce did not respond (could not connect)." in message


def test_key_is_shown_once_and_stored_as_a_hash(staff):
    store = make_store()

    page = staff.post(reverse("admin:stores_apikey_add"), {"store": store.pk, "name": "Partner"})

    (secret,) = re.findall(r"sk_test_[0-9a-f]{96}", page.content.decode())
    key = ApiKey.objects.get()
    assert "no-store" in page["Cache-Control"]
    assert ApiKey.objects.find_by_secret(secret) == key
    assert secret not in str(ApiKey.objects.values().get())
    assert secret not in staff.get(reverse("admin:stores_apikey_change", args=[key.pk])).content.decode()
    assert secret not in staff.get(KEYS).content.decode()


def test_key_of_a_live_store_has_the_live_prefix(staff):
    store = make_store(is_live=True)

    page = staff.post(reverse("admin:stores_apikey_add"), {"store": store.pk})

    assert re.search(r"sk_live_[0-9a-f]{96}", page.content.decode())


def test_revoked_key_is_invalid(staff):
    key, secret = ApiKey.objects.issue(store=make_store())

    staff.post(KEYS, {"action": "revoke", "_selected_action": [key.pk]})

    assert ApiKey.objects.find_by_secret(secret) is None
    assert "Revoked" in str(staff.get(KEYS).content)


def test_key_cannot_be_edited_or_deleted(staff):
    key, _secret = ApiKey.objects.issue(store=make_store())
    change = reverse("admin:stores_apikey_change", args=[key.pk])

    assert staff.post(change, {"name": "Other"}).status_code == 403
    assert (
        staff.post(reverse("admin:stores_apikey_delete", args=[key.pk]), {"post": "yes"}).status_code == 403
    )
    assert Store.objects.count() == 1
