"""A store that is served over HTTP, so that the sandbox's webhooks reach it."""

import pytest

from checkout.webhook_registration import register_webhook


@pytest.fixture
def webhook_shop(shop, live_server):
    """Serve `shop` over HTTP, with its webhook registered in the sandbox."""
    shop.host = live_server.url.removeprefix("http://")
    shop.save()
    register_webhook(store=shop)
    shop.sandbox.clear_requests()
    return shop
