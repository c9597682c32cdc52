"""Set up the demo: the store, its sandbox store, its catalog, an admin user and an API key."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
from django.contrib.auth import get_user_model

from accounts.roles import create_staff_roles
from catalog.models import PaymentLink
from checkout.shipping_methods import refresh_shipping_methods
from checkout.webhook_registration import register_webhook
from demo.environment import DemoKeys, DemoPorts
from demo.sandbox_settings import SANDBOX_DISCOUNTS, SANDBOX_TAXES
from demo.seed_catalog import build_sandbox_catalog, create_demo_upsells, seed_demo_catalog
from stores.models import ApiKey, FooterLink, Store, TaxMode, TaxRate, TaxRegion
from stores.states import join_states

DEMO_SLUG = "demo"


def set_up_demo(*, home: Path, keys: DemoKeys, ports: DemoPorts) -> PaymentLink:
    """Create what is missing and return a payment link to show. Safe to run twice."""
    store = _get_or_create_demo_store(keys=keys, ports=ports)
    _ensure_sandbox_store(store=store, ports=ports)
    links = seed_demo_catalog(store=store)
    create_demo_upsells(store=store)
    if not store.shipping_methods.exists():
        refresh_shipping_methods(store=store)
    register_webhook(store=store)
    create_staff_roles()
    users = get_user_model().objects
    if not users.filter(username="admin").exists():
        users.create_superuser("admin", "admin@example.com", keys.admin_password)
    if ApiKey.objects.find_by_secret(keys.api_key) is None:
        _row, keys.api_key = ApiKey.objects.issue(store=store, name="Demo")
        keys.save(home)
    return links[0]


def _get_or_create_demo_store(*, keys: DemoKeys, ports: DemoPorts) -> Store:
    addresses = {"host": ports.shop_host, "next_api_url": f"{ports.sandbox_url}/api/admin/"}
    values: dict[str, Any] = {
        **addresses,
        "name": "Fern & Field",
        "currency": "USD",
        "access_token": keys.access_token,
        "webhook_secret": keys.webhook_secret,
        "payment_gateway": 1,
        "verification_amount": Decimal("1.00"),
        "support_email": "help@example.com",
        "tax_mode": TaxMode.NONE,
    }
    store, is_new = Store.objects.update_or_create(slug=DEMO_SLUG, defaults=addresses, create_defaults=values)
    if is_new:
        for position, label in enumerate(("Terms", "Privacy", "Returns")):
            url = f"https://example.com/{label.lower()}"
            FooterLink.objects.create(store=store, label=label, url=url, position=position)
        _copy_sandbox_taxes(store)
    return store


def _copy_sandbox_taxes(store: Store) -> None:
    """Give the store the tax settings of its sandbox store, so that what it shows is what is charged."""
    TaxRegion.objects.create(store=store, country="US", mode=TaxMode.ADDED)
    for rate in SANDBOX_TAXES["rates"]:
        TaxRate.objects.create(
            store=store,
            country=rate["country"],
            states=join_states(rate["states"]),
            name=rate["title"],
            rate=Decimal(rate["percent"]),
            taxes_shipping=rate.get("taxes_shipping", False),
        )


def _ensure_sandbox_store(*, store: Store, ports: DemoPorts) -> None:
    """Create the sandbox store unless it exists, so that its orders and stock stay."""
    address = f"{ports.sandbox_url}/sandbox/stores/{DEMO_SLUG}"
    if requests.get(f"{address}/switches", timeout=10).status_code == 404:
        response = requests.put(
            address,
            json={
                "name": store.name,
                "token": store.access_token,
                "currency": store.currency,
                "webhook_secret": store.webhook_secret,
                "catalogue": build_sandbox_catalog(),
                "taxes": SANDBOX_TAXES,
                "discounts": SANDBOX_DISCOUNTS,
            },
            timeout=30,
        )
        response.raise_for_status()
