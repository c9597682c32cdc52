"""The settings and catalog of a sandbox store, unless a test changes them."""

from typing import Any

DEFAULT_CATALOG: dict[str, Any] = {
    "products": [
        {
            "id": 1,
            "title": "Enamel mug",
            "enable_subscription": True,
            "interval": "month",
            "interval_counts": [1, 2, 3],
            "variants": [
                {
                    "id": 11,
                    "title": "Green",
                    "sku": "MUG-GREEN",
                    "price": "19.00",
                    "stock": 100,
                    "requires_shipping": True,
                    "attributes": [{"code": "color", "name": "Color", "value": "Green"}],
                },
                {
                    "id": 12,
                    "title": "Blue",
                    "sku": "MUG-BLUE",
                    "price": "21.50",
                    "stock": 3,
                    "requires_shipping": True,
                    "attributes": [{"code": "color", "name": "Color", "value": "Blue"}],
                },
            ],
        },
        {
            "id": 2,
            "title": "Field guide (PDF)",
            "variants": [
                {
                    "id": 21,
                    "title": "",
                    "sku": "GUIDE",
                    "price": "7.25",
                    "stock": None,
                    "requires_shipping": False,
                }
            ],
        },
    ],
    "shipping_methods": [
        {
            "id": 1,
            "code": "standard",
            "name": "Standard",
            "delivery_time": "3 to 5 days",
            "countries": ["US", "DE"],
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
    ],
    "gateways": [{"id": 7, "name": "Stripe"}],
    "gateway_groups": [{"id": 3, "name": "All cards"}],
}
DEFAULT_SETTINGS: dict[str, Any] = {
    "currency": "USD",
    "webhook_secret": "whsec_sandbox",
    "rate_limit": 0,
    "catalogue": DEFAULT_CATALOG,
}
