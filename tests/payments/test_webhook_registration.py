"""Registering a store's webhook in NEXT, and noticing when its events go elsewhere."""

import json

from django.core.management import call_command
from django.utils import timezone

from checkout.sentences import NO_WEBHOOK
from checkout.webhook_registration import (
    WEBHOOK_CHECK_INTERVAL,
    check_webhooks,
    find_webhook_problem,
    register_webhook,
)
from nextcommerce.client import NextClient
from nextcommerce.store_deserializers import deserialize_webhook
from stores.models import Store
from tests.factories import make_store

UNCHANGED = NO_WEBHOOK.fill(url="https://old.example/")


def move_to_host(shop, host):
    """Change the store's host."""
    shop.host = host
    shop.save()


def test_registering_creates_the_webhook_once_and_fixes_it(shop, monkeypatch):
    move_to_host(shop, "localhost:8000")
    first, second = register_webhook(store=shop), register_webhook(store=shop)
    (hook,) = shop.sandbox.call("GET", "webhooks/").json()["results"]
    shop.sandbox.call("PATCH", f"webhooks/{hook['id']}/", {"active": False, "events": ["order.created"]})

    third = register_webhook(store=shop)
    shop.webhook_secret = "whsec_another"
    fourth = register_webhook(store=shop)

    (hook,) = shop.sandbox.call("GET", "webhooks/").json()["results"]
    shop.webhook_secret = ""
    without_secret = deserialize_webhook({name: hook[name] for name in hook if name != "secret_key"})
    monkeypatch.setattr(NextClient, "list_webhooks", lambda _api: iter([without_secret]))
    fifth = register_webhook(store=shop)
    assert first.startswith("created for ")
    assert second.startswith("up to date for ")
    assert third.startswith("updated (events, active)")
    assert fourth.startswith("updated (secret_key)")
    assert fifth.startswith("updated (secret_key)")
    assert hook["secret_key"] == "whsec_another"
    assert hook["target"] == f"http://localhost:8000/webhooks/{shop.slug}/"
    assert hook["api_version"] == "2024-04-01"
    assert hook["active"] is True


def test_registering_creates_a_missing_secret(shop):
    shop.webhook_secret = ""
    move_to_host(shop, "localhost:8000")

    register_webhook(store=shop)

    shop.refresh_from_db()
    assert shop.webhook_secret.startswith("whsec_")
    assert json.dumps(shop.sandbox.requests()).count(shop.webhook_secret) >= 1


def test_webhooks_to_an_old_host_are_reported_and_fixed(shop, client, settings):
    """S26: the store moved to another host, and its events did not."""
    move_to_host(shop, "localhost:7000")
    register_webhook(store=shop)
    Store.objects.update(host="localhost:8000")
    settings.MONITORING_TOKEN = "let-me-monitor"

    def read_health():
        health = client.get("/readyz", headers={"Authorization": "Bearer let-me-monitor"}).json()
        return health["webhooks"], health["stores"][0]["webhook_error"]

    assert check_webhooks() == 0  # checked within the last hour
    Store.objects.update(webhook_checked_at=timezone.now() - WEBHOOK_CHECK_INTERVAL)
    assert check_webhooks() == 1
    wrong = (
        f"No webhook points to http://localhost:8000/webhooks/{shop.slug}/. "
        "Existing webhooks point to: localhost:7000."
    )
    assert read_health() == ("not arriving: run manage.py register_webhooks", wrong)

    call_command("register_webhooks")
    assert read_health() == ("ok", "")


def test_unreachable_store_does_not_stop_webhook_checks_of_others(shop, settings):
    """S26."""
    settings.NEXT_API_CONNECT_SECONDS = 1
    Store.objects.update(webhook_error=UNCHANGED)
    make_store(slug="new", host="new.test", name="A: not set up yet", access_token="")
    make_store(
        slug="away",
        host="away.test",
        name="B: away",
        next_api_url="http://127.0.0.1:9/api/admin/",
        access_token="token",
        webhook_error=UNCHANGED,
    )

    assert check_webhooks() == 2
    assert check_webhooks() == 0

    errors = dict(Store.objects.values_list("slug", "webhook_error"))
    assert errors["away"] == UNCHANGED
    assert str(errors[shop.slug]).startswith("No webhook points to")


def test_inactive_webhook_is_reported(shop):
    """S26."""
    move_to_host(shop, "localhost:8000")
    register_webhook(store=shop)
    (hook,) = shop.sandbox.call("GET", "webhooks/").json()["results"]
    shop.sandbox.call("PATCH", f"webhooks/{hook['id']}/", {"active": False})

    assert str(find_webhook_problem(store=shop)) == f"The webhook to {hook['target']} is turned off."
