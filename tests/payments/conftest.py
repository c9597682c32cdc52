"""A shop that is served, so that the sandbox's webhooks reach it."""

import pytest

from checkout.webhook_registration import register_webhook


@pytest.fixture
def heard(shop, live_server):
    """`shop`, served over HTTP, with its webhook registered at the sandbox by the shop itself."""
    shop.host = live_server.url.removeprefix("http://")
    shop.save()
    register_webhook(store=shop)
    shop.sandbox.clear_requests()
    return shop
