"""Furnishes the demo: the store on both sides, its goods, an admin user and an API key."""

from decimal import Decimal
from pathlib import Path

import requests
from django.contrib.auth import get_user_model

from catalog.models import PaymentLink
from checkout.shipping_methods import refresh_shipping_methods
from checkout.webhook_registration import register_webhook
from demo import build_sandbox_catalog, seed_demo_catalog
from demo.environment import DemoKeys, DemoPorts
from demo.seed_upsells import create_demo_upsells
from stores.models import ApiKey, Store

DEMO_SLUG = "demo"


def set_up_demo(*, home: Path, keys: DemoKeys, ports: DemoPorts) -> PaymentLink:
    """Bring everything into place and return a payment link to show. Doing it twice changes nothing."""
    store = _get_or_create_demo_store(keys=keys, ports=ports)
    _ensure_sandbox_store(store=store, ports=ports)
    links = seed_demo_catalog(store=store)
    create_demo_upsells(store=store)
    if not store.shipping_methods.exists():
        refresh_shipping_methods(store=store)
    register_webhook(store=store)
    users = get_user_model().objects
    if not users.filter(username="admin").exists():
        users.create_superuser("admin", "admin@example.com", keys.admin_password)
    if ApiKey.objects.find_by_secret(keys.api_key) is None:
        _, keys.api_key = ApiKey.objects.issue(store=store, name="Demo")
        keys.save(home)
    return links[0]


def _get_or_create_demo_store(*, keys: DemoKeys, ports: DemoPorts) -> Store:
    here = {"host": ports.shop_host, "next_api_url": f"{ports.sandbox_url}/api/admin/"}
    store, _ = Store.objects.update_or_create(
        slug=DEMO_SLUG,
        defaults=here,
        create_defaults={
            **here,
            "name": "Fern & Field",
            "currency": "USD",
            "access_token": keys.access_token,
            "webhook_secret": keys.webhook_secret,
            "payment_gateway": 1,
            "verification_amount": Decimal("1.00"),
            "support_email": "help@example.com",
            "footer_links": [
                {"name": name, "url": f"https://example.com/{name.lower()}"}
                for name in ("Terms", "Privacy", "Returns")
            ],
        },
    )
    return store


def _ensure_sandbox_store(*, store: Store, ports: DemoPorts) -> None:
    """Set the store up in the sandbox, unless it is there: its orders and stock are its own."""
    address = f"{ports.sandbox_url}/sandbox/stores/{DEMO_SLUG}"
    if requests.get(f"{address}/switches", timeout=10).status_code == 404:
        answer = requests.put(
            address,
            json={
                "name": store.name,
                "token": store.access_token,
                "currency": store.currency,
                "webhook_secret": store.webhook_secret,
                "catalogue": build_sandbox_catalog(),
            },
            timeout=30,
        )
        answer.raise_for_status()
