"""The `shop` fixture: a store connected to its own sandbox store, with the same catalog in both."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from checkout.models import ShippingMethod
from stores.models import Store
from tests.factories import make_product, make_store, publish
from tests.sandbox_process import SandboxProcess

SHIPPING_METHODS = [
    {
        "id": 1,
        "code": "standard",
        "name": "Standard",
        "delivery_time": "3 to 5 days",
        "countries": ["US", "CA", "GB", "DE", "FR"],
        "prices": {"USD": "5.00"},
    },
    {
        "id": 2,
        "code": "express",
        "name": "Express",
        "delivery_time": "1 day",
        "countries": ["US"],
        "prices": {"USD": "15.00"},
    },
]


def make_shipping_methods(store: Store, methods: Iterable[dict[str, Any]]) -> None:
    """Save methods in the sandbox's format as a refresh would."""
    for method in methods:
        texts = {name: method[name] for name in ("code", "name", "delivery_time", "countries")}
        row = ShippingMethod.objects.create(store=store, refreshed_at=timezone.now(), **texts)
        for currency, amount in method["prices"].items():
            row.prices.create(currency=currency, amount=amount)


@pytest.fixture
def shop(transactional_db: None, sandbox: SandboxProcess) -> Iterator[Store]:
    """A store on `testserver`; `shop.sandbox` is its sandbox store.

    It sells a desk lamp (49.00, black or white, ten of each), a light bulb (7.50) and a download (5.00,
    unlimited stock). Standard shipping costs 5.00, express shipping in the US 15.00. Transactions are real,
    because the client refuses to make calls inside one.
    """
    sandbox_store = sandbox.plan_store(
        catalogue={
            "products": [],
            "shipping_methods": SHIPPING_METHODS,
            "gateways": [{"id": 7, "name": "Link"}],
        }
    )
    store = make_store(
        next_api_url=sandbox_store.next_api_url,
        access_token=sandbox_store.token,
        webhook_secret=sandbox_store.webhook_secret,
        payment_gateway=7,
    )
    make_product(store, name="Desk lamp", price="49.00", options={"Color": ["Black", "White"]})
    make_product(store, name="Light bulb", price="7.50", stock=100)
    make_product(store, name="Field notes", price="5.00", stock=None, collect_shipping_address=False)
    store.sandbox = sandbox_store
    publish(store)
    make_shipping_methods(store, SHIPPING_METHODS)
    yield store
    sandbox_store.delete()
