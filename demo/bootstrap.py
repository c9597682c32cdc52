"""Set up the demo: the store, its sandbox store, its catalog, an admin user and an API key."""

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
from django.contrib.auth import get_user_model
from django.utils import timezone

from accounts.roles import create_staff_roles
from catalog.models import PaymentLink
from checkout.shipping_methods import refresh_shipping_methods
from checkout.webhook_registration import register_webhook
from demo.environment import DemoKeys, DemoPorts
from demo.history import DAYS, play_demo_history
from demo.people import STAFF
from demo.sandbox_settings import SANDBOX_DISCOUNTS, SANDBOX_TAXES
from demo.seed_catalog import build_sandbox_catalog, create_demo_upsells, seed_demo_catalog
from stores.models import ApiKey, FooterLink, Store, StoreHealth, TaxMode, TaxRate, TaxRegion
from stores.next_settings import check_next_settings
from stores.states import join_states

DEMO_SLUG = "demo"


def set_up_demo(*, home: Path, keys: DemoKeys, ports: DemoPorts, order_count: int) -> PaymentLink:
    """Create what is missing, with a past of `order_count` orders, and return a payment link to show.

    Safe to run twice.
    """
    store = _get_or_create_demo_store(keys=keys, ports=ports)
    begins_at = timezone.now() - datetime.timedelta(days=DAYS)
    address = _ensure_sandbox_store(store=store, ports=ports, begins_at=begins_at)
    links = seed_demo_catalog(store=store)
    create_demo_upsells(store=store)
    if not store.shipping_methods.exists():
        refresh_shipping_methods(store=store)
    play_demo_history(store=store, address=address, begins_at=begins_at, order_count=order_count)
    # Only now: nobody answers events before the shop runs.
    register_webhook(store=store)
    _create_staff(keys)
    if StoreHealth.find(store).read_at is None:
        check_next_settings(store=store)
    if ApiKey.objects.find_by_secret(keys.api_key) is None:
        _row, keys.api_key = ApiKey.objects.issue(store=store, name="Demo")
        keys.save(home)
    return links[0]


def _create_staff(keys: DemoKeys) -> None:
    """Create the superuser, and one user for each role."""
    roles = {group.name: group for group in create_staff_roles()}
    users = get_user_model().objects
    if not users.filter(username="admin").exists():
        users.create_superuser("admin", "admin@example.com", keys.admin_password)
    for username, first_name, last_name, role in STAFF:
        if not users.filter(username=username).exists():
            names = {"first_name": first_name, "last_name": last_name}
            email = f"{username}@example.com"
            user = users.create_user(username, email, keys.admin_password, is_staff=True, **names)
            user.groups.add(roles[role])


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


def _ensure_sandbox_store(*, store: Store, ports: DemoPorts, begins_at: datetime.datetime) -> str:
    """Create the sandbox store unless it exists, so that its orders and stock stay. Return its address."""
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
                "starts_at": begins_at.isoformat(),
                # The shop keeps to NEXT's limit by itself, once it doesn't play its past.
                "rate_limit": 0,
            },
            timeout=30,
        )
        response.raise_for_status()
    return address
