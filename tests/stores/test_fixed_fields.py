"""Settings of a store that its products and orders depend on."""

import pytest
from django.urls import reverse

from tests.admin_forms import read_admin_form
from tests.factories import make_orders, make_product, make_store

pytestmark = pytest.mark.django_db


def save(client, store, **changes):
    address = reverse("admin:stores_store_change", args=[store.pk])
    data = read_admin_form(client.get(address)) | changes
    page = client.post(address, data, follow=True).text
    store.refresh_from_db()
    return page


def test_currency_of_a_store_with_products_does_not_change(admin_client):
    store = make_store()
    make_product(store)

    page = save(admin_client, store, currency="EUR")

    assert "Products here have prices in this store" in page
    assert store.currency == "USD"


def test_currency_of_a_store_with_orders_does_not_change(admin_client):
    store = make_orders(make_store(), 1)

    page = save(admin_client, store, currency="EUR")

    assert "Orders were placed in this store" in page
    assert store.currency == "USD"


def test_mode_of_a_store_with_orders_does_not_change(admin_client):
    store = make_orders(make_store(), 1)

    page = save(admin_client, store, is_live="on")

    assert "Test and live mode are two stores" in page
    assert not store.is_live


def test_other_settings_of_a_store_with_orders_change(admin_client):
    store = make_orders(make_store(), 1)
    make_product(store)

    save(admin_client, store, name="Renamed")

    assert store.name == "Renamed"


def test_currency_and_mode_of_an_empty_store_change(admin_client):
    store = make_store()

    save(admin_client, store, currency="eur", is_live="on")

    assert (store.currency, store.is_live) == ("EUR", True)


def test_verification_amount_must_be_one_that_can_be_charged(admin_client):
    store = make_store()

    page = save(admin_client, store, verification_amount="0.20")

    assert "Enter at least $0.50, the smallest amount that can be charged." in page
    assert store.verification_amount is None


def test_seller_of_invoices_is_saved(admin_client):
    store = make_store()

    save(
        admin_client,
        store,
        legal_name="Lamp House Inc.",
        invoice_address="1 Main Street\r\nMonsey, NY 10952",
        tax_id="US 12-3456789",
    )

    assert store.seller_lines == ["Lamp House Inc.", "1 Main Street", "Monsey, NY 10952", "US 12-3456789"]
