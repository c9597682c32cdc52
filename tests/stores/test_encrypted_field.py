"""Secrets of a store are decrypted when they are read by name, and not before."""

import pytest
from django.core import serializers
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.urls import reverse

from stores import crypto
from stores.models import ApiKey, Store
from tests.api.conftest import basic_auth_header
from tests.factories import make_store

OLD = "q3sdnf3vOSBnBf4tn8C2pXtWj1zFvJ0m1gJcZl8k8Vg="
OTHER = "Zk1mZ0g3c0JqT2V4dU1hV2lFcVlTd1ZfTnRyS0xoUDQ="

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def decrypted(monkeypatch):
    """The texts that were decrypted so far."""
    texts = []
    decrypt = crypto.decrypt_text

    def decrypt_and_note(stored):
        texts.append(decrypt(stored))
        return texts[-1]

    monkeypatch.setattr(crypto, "decrypt_text", decrypt_and_note)
    return texts


@pytest.fixture
def store():
    return make_store(access_token="tok-1", webhook_secret="whsec-1")


def test_secret_is_decrypted_when_read_and_only_once(store, decrypted):
    loaded = Store.objects.get(pk=store.pk)
    assert decrypted == []

    assert (loaded.access_token, loaded.access_token) == ("tok-1", "tok-1")
    assert decrypted == ["tok-1"]


def test_pages_of_the_shop_and_the_admin_decrypt_nothing(store, decrypted, client, admin_client):
    _key, secret = ApiKey.objects.issue(store=store)

    assert client.get("/").status_code == 200
    assert (
        client.get(
            "/v1/orders?page=1&page_size=10", headers={"authorization": basic_auth_header(secret)}
        ).status_code
        == 200
    )
    page = admin_client.get(reverse("admin:stores_store_change", args=[store.pk])).content.decode()

    assert page.count("Leave blank to keep it") == 2
    assert decrypted == []


def test_wrong_key_fails_only_when_the_secret_is_used(store, settings):
    settings.ENCRYPTION_KEYS = [OTHER]

    loaded = Store.objects.get(pk=store.pk)
    loaded.refresh_from_db()
    loaded.name = "Renamed"
    loaded.save()

    with pytest.raises(ImproperlyConfigured, match=r"`manage\.py reencrypt`"):
        _ = loaded.access_token
    settings.ENCRYPTION_KEYS = [OLD]
    saved = Store.objects.get(pk=store.pk)
    assert (saved.name, saved.access_token, saved.webhook_secret) == ("Renamed", "tok-1", "whsec-1")


def test_assigned_secret_is_read_back_before_and_after_saving(store, decrypted):
    store.access_token = "tok-2"
    assert store.access_token == "tok-2"
    assert "tok-2" not in store.access_token_ciphertext
    assert decrypted == []

    store.save(update_fields=["access_token"])

    loaded = Store.objects.get(pk=store.pk)
    assert (loaded.access_token, loaded.webhook_secret) == ("tok-2", "whsec-1")


def test_reloaded_store_has_the_new_secret(store):
    assert store.access_token == "tok-1"
    Store.objects.filter(pk=store.pk).update(access_token="tok-2")
    assert store.access_token == "tok-1"

    store.refresh_from_db(fields=["access_token"])
    assert store.access_token == "tok-2"

    Store.objects.filter(pk=store.pk).update(access_token="tok-3")
    store.refresh_from_db()
    assert store.access_token == "tok-3"


@pytest.mark.parametrize("queryset", [Store.objects.only("name"), Store.objects.defer("access_token")])
def test_deferred_secret_is_loaded_when_read(store, queryset, django_assert_num_queries):
    loaded = queryset.get(pk=store.pk)

    with django_assert_num_queries(1):
        assert (loaded.access_token, loaded.access_token) == ("tok-1", "tok-1")


def test_only_the_secret_that_is_read_is_decrypted(store, decrypted, django_assert_num_queries):
    loaded = Store.objects.only("webhook_secret").get(pk=store.pk)

    with django_assert_num_queries(0):
        assert loaded.webhook_secret == "whsec-1"
    assert decrypted == ["whsec-1"]


def test_values_are_ciphertext(store, decrypted):
    (stored,) = Store.objects.values_list("access_token", flat=True)

    assert "tok-1" not in stored
    assert decrypted == []
    assert crypto.decrypt_text(stored) == "tok-1"


def test_stores_without_a_secret_can_be_found(store):
    empty = make_store(host="empty.test", access_token="", webhook_secret="")

    assert Store.objects.get(access_token="") == empty
    assert Store.objects.exclude(access_token="").get() == store
    assert (empty.access_token, Store(name="New").access_token) == ("", "")
    assert Store.objects.get(pk=empty.pk).access_token == ""


def test_stored_secret_is_moved_to_another_row_unchanged(store):
    other = make_store(host="other.test", access_token=store.access_token_ciphertext)

    assert Store.objects.get(pk=other.pk).access_token == "tok-1"


def test_dump_can_be_loaded_again(store):
    text = serializers.serialize("json", [store])
    Store.objects.update(access_token="lost")

    for row in serializers.deserialize("json", text):
        row.save()

    assert Store.objects.get(pk=store.pk).access_token == "tok-1"


def test_column_never_holds_plain_text(store):
    store.access_token = "tok-2"
    store.save()
    Store.objects.filter(pk=store.pk).update(webhook_secret="whsec-2")
    Store.objects.bulk_create([Store(slug="b", name="B", host="b.test", access_token="tok-b")])

    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token, webhook_secret FROM stores_store")
        stored = str(cursor.fetchall())
    assert not [text for text in ("tok-2", "whsec-2", "tok-b") if text in stored]
    assert stored.count("gAAAAA") == 3
