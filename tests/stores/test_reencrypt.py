"""`manage.py reencrypt`: a new encryption key replaces the old one."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection

from checkout.models import PaymentIntent
from config import checks
from stores.models import Store
from tests.factories import make_order, make_store

OLD = "q3sdnf3vOSBnBf4tn8C2pXtWj1zFvJ0m1gJcZl8k8Vg="
NEW = "Zk1mZ0g3c0JqT2V4dU1hV2lFcVlTd1ZfTnRyS0xoUDQ="

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture(autouse=True)
def stores(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    make_store(slug="lamps", access_token="token of lamps", webhook_secret="")
    make_store(slug="shirts", host="shirts.test", access_token="token of shirts", webhook_secret="whsec_1")


def secrets():
    rows = Store.objects.order_by("slug")
    return [(store.slug, store.access_token, store.webhook_secret) for store in rows]


KNOWN = [("lamps", "token of lamps", ""), ("shirts", "token of shirts", "whsec_1")]


def test_new_key_alone_decrypts_everything_afterwards(settings, capsys):
    settings.ENCRYPTION_KEYS = [NEW, OLD]

    for _again in range(2):
        call_command("reencrypt")
        assert (
            capsys.readouterr().out
            == "lamps: re-encrypted with the first key\nshirts: re-encrypted with the first key\n"
        )

    settings.ENCRYPTION_KEYS = [NEW]
    assert secrets() == KNOWN


def test_unreadable_secret_is_reported_and_nothing_is_changed(settings):
    settings.ENCRYPTION_KEYS = [NEW]
    found = checks.check_stores(None, databases=["default"])

    assert [message.id for message in found] == ["shop.E008"]
    with pytest.raises(CommandError, match=r"access_token of lamps\. Nothing was changed\. Add the key"):
        call_command("reencrypt")
    settings.ENCRYPTION_KEYS = [OLD]
    assert secrets() == KNOWN


def test_clear_unreadable_recovers_from_a_lost_key(settings, capsys):
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(ImproperlyConfigured, match=r"`manage\.py reencrypt`"):
        secrets()

    call_command("reencrypt", "--clear-unreadable")

    expected = "re-encrypted with the first key. Enter again in the admin: access_token, webhook_secret\n"
    assert f"shirts: {expected}" in capsys.readouterr().out
    assert secrets() == [("lamps", "", ""), ("shirts", "", "")]


def test_database_holds_no_plain_secret(settings):
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    call_command("reencrypt")

    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token, webhook_secret FROM stores_store")
        stored = str(cursor.fetchall())
    assert "token of" not in stored
    assert "whsec" not in stored


@pytest.fixture
def intent():
    order = make_order(Store.objects.get(slug="lamps"))
    return PaymentIntent.objects.create(
        store=order.store, order=order, amount=54, payment_complete_url="https://link.example/pay/1"
    )


def test_payment_page_of_an_order_under_way_is_reencrypted(intent, settings):
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    call_command("reencrypt")
    settings.ENCRYPTION_KEYS = [NEW]

    assert PaymentIntent.objects.get().payment_complete_url == "https://link.example/pay/1"


def test_unreadable_payment_page_is_reported_or_cleared(intent, settings):
    Store.objects.update(access_token="", webhook_secret="")
    settings.ENCRYPTION_KEYS = [NEW]

    with pytest.raises(CommandError, match=rf"payment_complete_url of {intent.pk}\. Nothing was changed\."):
        call_command("reencrypt")
    call_command("reencrypt", "--clear-unreadable")

    assert PaymentIntent.objects.get().payment_complete_url == ""
