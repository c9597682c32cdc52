"""Stores and API keys in the admin."""

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


def form_of(client, store):
    """The change form's fields as a browser would send them back."""
    page = client.get(reverse("admin:stores_store_change", args=[store.pk]))
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, False)}


def save(client, store, **changes):
    data = form_of(client, store) | changes
    return client.post(reverse("admin:stores_store_change", args=[store.pk]), data, follow=True)


def test_secrets_are_never_shown_again(staff):
    store = make_store(access_token="tok-secret-1", webhook_secret="whsec-secret-2")

    page = staff.get(reverse("admin:stores_store_change", args=[store.pk])).content.decode()

    assert "tok-secret-1" not in page
    assert "whsec-secret-2" not in page
    assert page.count("Leave blank to keep it") == 2


def test_a_blank_secret_keeps_the_stored_one(staff):
    store = make_store(access_token="tok", webhook_secret="whsec")

    save(staff, store, name="Renamed", access_token="", webhook_secret="")

    store.refresh_from_db()
    assert (store.name, store.access_token, store.webhook_secret) == ("Renamed", "tok", "whsec")


def test_a_new_secret_replaces_the_stored_one(staff):
    store = make_store(access_token="tok")

    save(staff, store, access_token="tok-2")

    store.refresh_from_db()
    assert store.access_token == "tok-2"


@pytest.fixture
def selling():
    """A store whose last order is being paid."""
    store = make_orders(make_store(), 1, next_order_number="1001")
    order = store.orders.get()
    PaymentIntent.objects.create(
        store=store, order=order, fingerprint="f", amount="10.00", currency="USD", snapshot={}
    )
    return store


def test_another_store_is_not_put_in_the_place_of_one_that_has_sold(staff, selling):
    """Its numbers would name other people's orders, there to be refunded."""
    old, new = selling.next_api_url, "http://127.0.0.1:10/api/admin/"

    page = save(staff, selling, next_api_url=new).content.decode()
    assert "Orders were made at the old address" in page
    selling.refresh_from_db()
    assert selling.next_api_url == old

    page = save(staff, selling, next_api_url=new, has_moved="on").content.decode()
    assert "1 payment is under way" in page
    selling.refresh_from_db()
    assert selling.next_api_url == new


def test_a_new_token_is_said_to_count_for_payments_under_way(staff, selling):
    assert "1 payment is under way" in save(staff, selling, access_token="tok-2").content.decode()
    assert "under way" not in save(staff, selling, name="Renamed", access_token="").content.decode()


def test_a_store_that_has_sold_nothing_may_get_another_address(staff):
    store = make_store()

    save(staff, store, next_api_url="http://127.0.0.1:10/api/admin")

    store.refresh_from_db()
    assert store.next_api_url == "http://127.0.0.1:10/api/admin/"


def test_secrets_are_not_plain_in_the_database(db):
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


def test_terms_and_policies_are_typed_a_line_for_each(staff):
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
    ("field", "value", "words"),
    [
        ("countries", "Germany", "is no country code"),
        ("countries", "US, XX", "XX is no country code"),
        ("currency", "usx", "USX is no currency"),
        ("time_zone", "Mars/Phobos", "There is no time zone Mars/Phobos"),
        ("time_zone", "../../etc/passwd", "There is no time zone"),
        ("tax_rates", "DE much", "needs a country and a percentage"),
        ("tax_rates", "DE 190", "needs a country and a percentage"),
        ("tax_rates", "DE NaN", "needs a country and a percentage"),
        ("tax_rates", "Germany 19", "is no country code"),
        ("host", "https://shop.example.com/", "Only a host name"),
        ("footer_links", "Terms javascript:alert(1)", "needs a name and an address"),
        ("footer_links", "https://example.com/terms", "needs a name and an address"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(staff, field, value, words):
    page = save(staff, make_store(), **{field: value}).content.decode()

    assert words in page


def test_a_currency_is_kept_in_capitals(staff):
    store = make_store()

    save(staff, store, currency="eur")

    store.refresh_from_db()
    assert store.currency == "EUR"


def test_gateway_and_gateway_group_are_never_both_set(staff):
    page = save(staff, make_store(), payment_gateway="1", payment_gateway_group="2").content.decode()

    assert "never both" in page


def test_a_live_store_is_not_paid_with_the_test_card(staff):
    page = save(staff, make_store(), is_live="on", payment_method="test_3ds_card").content.decode()

    assert "a live store is paid with Link" in page


def check(client, store):
    data = {"action": "check_connections", "_selected_action": [store.pk]}
    return [str(message) for message in client.post(STORES, data, follow=True).context["messages"]]


@pytest.mark.django_db(transaction=True)
def test_checking_the_connection_says_what_it_found(staff, sandbox_store):
    store = make_store(next_api_url=sandbox_store.next_api_url, access_token=sandbox_store.token)

    (words,) = check(staff, store)

    assert "The connection works" in words
    assert "webhook secret" not in words
    store.refresh_from_db()
    assert store.last_response_at is not None


@pytest.mark.django_db(transaction=True)
def test_checking_the_connection_names_what_will_not_work(staff, sandbox_store):
    store = make_store(
        next_api_url=sandbox_store.next_api_url,
        access_token=sandbox_store.token,
        currency="SEK",
        webhook_secret="",
    )

    (words,) = check(staff, store)

    assert "It does not take SEK." in words
    assert "no webhook secret" in words


def test_checking_the_connection_says_what_failed(staff):
    (words,) = check(staff, make_store())

    assert "NEXT Commerce did not respond (could not connect)." in words


def test_a_key_is_shown_once_and_kept_as_a_hash(staff):
    store = make_store()

    page = staff.post(reverse("admin:stores_apikey_add"), {"store": store.pk, "name": "Partner"})

    (secret,) = re.findall(r"sk_test_[0-9a-f]{96}", page.content.decode())
    key = ApiKey.objects.get()
    assert "no-store" in page["Cache-Control"]
    assert ApiKey.objects.find_by_secret(secret) == key
    assert secret not in str(ApiKey.objects.values().get())
    assert secret not in staff.get(reverse("admin:stores_apikey_change", args=[key.pk])).content.decode()
    assert secret not in staff.get(KEYS).content.decode()


def test_a_live_stores_key_says_so(staff):
    store = make_store(is_live=True)

    page = staff.post(reverse("admin:stores_apikey_add"), {"store": store.pk})

    assert re.search(r"sk_live_[0-9a-f]{96}", page.content.decode())


def test_a_revoked_key_opens_nothing(staff):
    key, secret = ApiKey.objects.issue(store=make_store())

    staff.post(KEYS, {"action": "revoke", "_selected_action": [key.pk]})

    assert ApiKey.objects.find_by_secret(secret) is None
    assert "Revoked" in str(staff.get(KEYS).content)


def test_a_key_is_never_edited_and_never_deleted(staff):
    key, _secret = ApiKey.objects.issue(store=make_store())
    change = reverse("admin:stores_apikey_change", args=[key.pk])

    assert staff.post(change, {"name": "Other"}).status_code == 403
    assert (
        staff.post(reverse("admin:stores_apikey_delete", args=[key.pk]), {"post": "yes"}).status_code == 403
    )
    assert Store.objects.count() == 1
