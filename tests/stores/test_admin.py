"""Admin pages of stores and API keys."""

import datetime
import re

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from checkout.models import PaymentIntent
from stores.models import ApiKey, Store
from tests.admin_forms import read_admin_form
from tests.factories import make_orders, make_store

KEYS = reverse("admin:stores_apikey_changelist")


@pytest.fixture
def staff(admin_client):
    return admin_client


def form_values(client, store):
    """Return the change form's fields as a browser would send them back."""
    page = client.get(reverse("admin:stores_store_change", args=[store.pk]))
    return read_admin_form(page)


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

    page = save(staff, selling_store, next_api_url=new, access_token="tok", has_moved="on").content.decode()
    assert "1 payment is under way" in page
    selling_store.refresh_from_db()
    assert selling_store.next_api_url == new


def test_new_token_warns_about_payments_under_way(staff, selling_store):
    assert "1 payment is under way" in save(staff, selling_store, access_token="tok-2").content.decode()
    assert "under way" not in save(staff, selling_store, name="Renamed", access_token="").content.decode()


def test_api_url_of_a_store_without_orders_can_change(staff):
    store = make_store()

    save(staff, store, next_api_url="http://127.0.0.1:10/api/admin", access_token="tok")

    store.refresh_from_db()
    assert store.next_api_url == "http://127.0.0.1:10/api/admin/"


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1:9/api/admin/",
        "http://127.0.0.1:10/api/admin/",
        "http://evil.example:9/api/admin/",
        "http://127.0.0.1.evil.example:9/api/admin/",
    ],
)
def test_token_is_asked_for_again_if_the_api_url_has_another_host(staff, address):
    store = make_store(access_token="tok")

    page = save(staff, store, next_api_url=address, access_token="").content.decode()

    assert "Enter the access token for it" in page
    store.refresh_from_db()
    assert store.next_api_url == "http://127.0.0.1:9/api/admin/"


def test_token_stays_if_only_the_path_of_the_api_url_changes(staff):
    store = make_store(access_token="tok")

    save(staff, store, next_api_url="http://127.0.0.1:9/v2/", access_token="")

    store.refresh_from_db()
    assert (store.next_api_url, store.access_token) == ("http://127.0.0.1:9/v2/", "tok")


@pytest.mark.parametrize(
    "address",
    ["https://localhost/", "https://10.0.0.8/api/", "https://[::1]/", "https://169.254.169.254/latest/"],
)
def test_api_url_must_be_on_the_public_internet(staff, settings, address):
    settings.NEXT_API_ALLOW_PRIVATE = False
    store = make_store()

    page = save(staff, store, next_api_url=address, access_token="tok").content.decode()

    assert "Enter an address on the public internet" in page


def test_api_url_with_an_invalid_port_is_an_error(staff):
    page = save(staff, make_store(), next_api_url="https://shop.29next.store:99999/", access_token="tok")

    assert "Enter a valid URL" in page.content.decode()


def test_api_url_has_no_user_name(staff):
    page = save(staff, make_store(), next_api_url="https://u:p@shop.29next.store/", access_token="tok")

    assert "without a user name or password" in page.content.decode()


def test_secrets_are_encrypted_in_the_database(db):
    store = make_store(access_token="tok-plain")
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token FROM stores_store WHERE id = %s", [store.pk])
        (stored,) = cursor.fetchone()

    assert "tok-plain" not in stored


def rows(prefix, *rows):
    """Form data for the first rows of an inline table."""
    data = {f"{prefix}-TOTAL_FORMS": len(rows)}
    for place, row in enumerate(rows):
        data |= {f"{prefix}-{place}-{name}": value for name, value in row.items()}
    return data


def test_countries_are_typed_as_codes_in_the_order_of_preference(staff):
    store = make_store()

    save(staff, store, countries="us, de fr")

    store.refresh_from_db()
    assert store.countries == ["US", "DE", "FR"]
    page = staff.get(reverse("admin:stores_store_change", args=[store.pk])).content.decode()
    assert "US, DE, FR" in page
    assert "United States, Germany, France" in page


def test_tax_rates_are_rows_of_the_store(staff):
    store = make_store()
    typed = [
        {"country": "DE", "name": "VAT", "rate": "19", "taxes_shipping": "on"},
        {"country": "US", "states": "us/ny, Massachusetts", "name": "Sales tax", "rate": "8.875"},
        {"country": "DE", "name": "VAT", "rate": "7", "tax_category": "books"},
    ]

    save(staff, store, **rows("tax_rates", *typed))

    saved = [(row.country, row.states, str(row.rate), row.tax_category) for row in store.tax_rates.all()]
    assert saved == [
        ("DE", "", "19.0000", ""),
        ("DE", "", "7.0000", "books"),
        ("US", "MA, NY", "8.8750", ""),
    ]


def test_tax_regions_are_rows_of_the_store(staff):
    store = make_store()
    typed = [{"country": "DE", "mode": "included"}, {"country": "US", "currency": "usd", "mode": "added"}]

    save(staff, store, **rows("tax_regions", *typed))

    saved = [(row.country, row.currency, row.mode) for row in store.tax_regions.all()]
    assert saved == [("DE", "", "included"), ("US", "USD", "added")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tax_mode": "at_payment"}, "tax is calculated at payment, so the checkout shows no final total"),
        (
            {"tax_mode": "added"},
            "Tax is added to prices in other countries, but no rate is set. None is charged.",
        ),
        (rows("tax_regions", {"country": "DE", "mode": "at_payment"}), "In DE, tax is calculated at payment"),
        (
            rows("tax_regions", {"country": "DE", "mode": "added"}),
            "Tax is added to prices in DE, but no rate",
        ),
    ],
)
def test_settings_that_leave_the_total_open_are_pointed_out_when_saved(staff, changes, message):
    store = make_store()

    assert message in save(staff, store, **changes).content.decode()


def test_complete_tax_settings_are_saved_without_a_warning(staff):
    store = make_store()
    changes = {
        **rows("tax_regions", {"country": "DE", "mode": "added"}),
        **rows("tax_rates", {"country": "DE", "name": "VAT", "rate": "19"}),
    }

    page = save(staff, store, **changes).content.decode()

    assert store.tax_rates.count() == 1
    assert "messagelist" in page
    assert 'class="warning"' not in page


def test_footer_links_are_rows_in_their_order(staff):
    store = make_store()
    typed = [
        {"label": "Privacy", "url": "http://example.com/p", "position": 2},
        {"label": "Terms of sale", "url": "https://example.com/terms", "position": 1},
    ]

    save(staff, store, **rows("footer_links", *typed))

    saved = [(link.label, link.url) for link in store.footer_links.all()]
    assert saved == [
        ("Terms of sale", "https://example.com/terms"),
        ("Privacy", "http://example.com/p"),
    ]


def test_new_footer_link_comes_last(staff):
    store = make_store()
    store.footer_links.create(label="Terms", url="https://example.com/terms", position=3)
    place = {"footer_links-1-label": "Imprint", "footer_links-1-url": "https://example.com/imprint"}

    save(staff, store, **place, **{"footer_links-TOTAL_FORMS": 2})

    saved = [(link.label, link.position) for link in store.footer_links.all()]
    assert saved == [("Terms", 3), ("Imprint", 4)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (rows("tax_rates", {"country": "DE", "name": "VAT", "rate": "much"}), "Enter a number."),
        (rows("tax_rates", {"country": "DE", "name": "VAT", "rate": "190"}), "less than or equal to 100"),
        (rows("tax_rates", {"country": "DE", "name": "VAT", "rate": "-1"}), "greater than or equal to 0"),
        (rows("tax_rates", {"country": "DE", "name": "VAT", "rate": "NaN"}), "Enter a number."),
        (rows("tax_rates", {"country": "Germany", "name": "VAT", "rate": "19"}), "Select a valid choice."),
        (
            rows("tax_rates", {"country": "US", "states": "NY, XX", "name": "Tax", "rate": "8"}),
            "US has no state XX. Choose from: AA, AE, AK",
        ),
        (
            rows("tax_rates", {"country": "DE", "states": "Bavaria", "name": "VAT", "rate": "19"}),
            "Addresses in DE have no states. Leave this blank.",
        ),
        (
            rows(
                "tax_rates",
                {"country": "DE", "name": "VAT", "rate": "19"},
                {"country": "DE", "name": "vat ", "rate": "7"},
            ),
            "DE already has a tax with this name.",
        ),
        (
            rows(
                "tax_rates",
                {"country": "US", "states": "NY CA", "name": "Tax", "rate": "8"},
                {"country": "US", "states": "TX NY", "name": "Tax", "rate": "7"},
            ),
            "NY already has a tax with this name.",
        ),
        (
            rows(
                "tax_rates",
                {"country": "DE", "name": "Books", "rate": "7", "tax_category": "books"},
                {"country": "DE", "name": "Reduced", "rate": "5", "tax_category": "Books"},
            ),
            "DE already has a rate for this tax category.",
        ),
        (
            rows("tax_regions", {"country": "DE", "currency": "XYZ", "mode": "none"}),
            "XYZ is not a currency code.",
        ),
        (
            rows("tax_regions", {"country": "DE", "mode": "none"}, {"country": "DE", "mode": "added"}),
            "Please correct the duplicate data for",
        ),
        (rows("footer_links", {"label": "Terms", "url": "javascript:alert(1)"}), "Enter a valid URL."),
        (rows("footer_links", {"label": "Terms", "url": "ftp://example.com/"}), "Enter a valid URL."),
        (rows("footer_links", {"label": "", "url": "https://example.com/"}), "This field is required."),
    ],
)
def test_invalid_row_is_explained_and_nothing_is_saved(staff, changes, message):
    store = make_store()

    page = save(staff, store, name="Renamed", **changes).content.decode()

    assert message in page
    store.refresh_from_db()
    assert (store.name, store.tax_rates.count(), store.footer_links.count()) == ("Lamp House", 0, 0)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("countries", "Germany", "is not a two-letter country code"),
        ("countries", "US, XX", "XX is not a two-letter country code"),
        ("currency", "usx", "USX is not a currency code"),
        ("time_zone", "Mars/Phobos", "Mars/Phobos is not a time zone"),
        ("time_zone", "../../etc/passwd", "is not a time zone"),
        ("host", "https://shop.example.com/", "Enter only a host name"),
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
    page = save(staff, make_store(), is_live="on", payment_methods=["test_3ds_card"]).content.decode()

    assert "The test card works only in test stores." in page


def issue_key(client, store, **values):
    """Issue a key; return the page that shows it."""
    return client.post(reverse("admin:stores_apikey_add"), {"store": store.pk} | values, follow=True)


def test_key_is_shown_once_and_stored_as_a_hash(staff):
    store = make_store()

    page = issue_key(staff, store, name="Partner")

    (secret,) = re.findall(r"sk_test_[0-9a-f]{96}", page.content.decode())
    key = ApiKey.objects.get()
    assert "no-store" in page["Cache-Control"]
    assert ApiKey.objects.find_by_secret(secret) == key
    assert secret not in str(ApiKey.objects.values().get())
    assert secret not in staff.get(reverse("admin:stores_apikey_change", args=[key.pk])).content.decode()
    assert secret not in staff.get(KEYS).content.decode()


def test_reloading_the_page_of_a_new_key_issues_no_other(staff):
    page = issue_key(staff, make_store())
    (address, status) = page.redirect_chain[-1]

    again = staff.get(address)

    assert (status, ApiKey.objects.count()) == (302, 1)
    assert again.context["secret"] == page.context["secret"]


def test_new_key_is_hidden_once_it_was_copied(staff):
    page = issue_key(staff, make_store())
    address = page.redirect_chain[-1][0]

    staff.post(address)

    after = staff.get(address, follow=True)
    assert "A key is shown only once." in after.text
    assert page.context["secret"] not in after.text


def test_new_key_is_hidden_after_ten_minutes(staff, monkeypatch):
    address = issue_key(staff, make_store()).redirect_chain[-1][0]
    later = timezone.now() + datetime.timedelta(minutes=11)
    monkeypatch.setattr("stores.admin.api_keys.timezone.now", lambda: later)

    assert "A key is shown only once." in staff.get(address, follow=True).text


def test_new_key_is_shown_to_nobody_else(staff, client, django_user_model):
    page = issue_key(staff, make_store())
    other = django_user_model.objects.create_superuser("grace")
    client.force_login(other, backend="django.contrib.auth.backends.ModelBackend")

    assert page.context["secret"] not in client.get(page.redirect_chain[-1][0], follow=True).text


def test_waiting_session_has_no_readable_key(staff):
    secret = issue_key(staff, make_store()).context["secret"]

    assert secret not in str([session.get_decoded() for session in Session.objects.all()])


def test_key_of_a_live_store_has_the_live_prefix(staff):
    page = issue_key(staff, make_store(is_live=True))

    assert re.search(r"sk_live_[0-9a-f]{96}", page.content.decode())


def test_revoking_asks_first(staff):
    key, secret = ApiKey.objects.issue(store=make_store(), name="Shop app")

    page = staff.post(KEYS, {"action": "revoke", "_selected_action": [key.pk]})

    assert "Shop app" in page.text
    assert "never used" in page.text
    assert ApiKey.objects.find_by_secret(secret) == key


def test_revoked_key_is_invalid(staff):
    key, secret = ApiKey.objects.issue(store=make_store())
    data = {"action": "revoke", "_selected_action": [key.pk], "confirmed": "yes"}

    page = staff.post(KEYS, data, follow=True)

    assert ApiKey.objects.find_by_secret(secret) is None
    assert "Revoked. Programs can no longer use these keys." in page.text
    assert "These keys are already revoked." in staff.post(KEYS, data, follow=True).text


def test_key_cannot_be_edited_or_deleted(staff):
    key, _secret = ApiKey.objects.issue(store=make_store())
    change = reverse("admin:stores_apikey_change", args=[key.pk])

    assert staff.post(change, {"name": "Other"}).status_code == 403
    assert (
        staff.post(reverse("admin:stores_apikey_delete", args=[key.pk]), {"post": "yes"}).status_code == 403
    )
    assert Store.objects.count() == 1
