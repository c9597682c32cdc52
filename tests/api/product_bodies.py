"""A product's request body that several tests share."""

SHIRT = {
    "name": "Shirt",
    "description": "Soft.",
    "tax_code": "txcd_99999999",
    "metadata": {"brand": "Own"},
    "default_currency": "USD",
    "collect_shipping_address": True,
    "collect_tax_address": False,
    "requires_selling_plan": False,
    "active": True,
    "options": [
        {
            "name": "Color",
            "sort_order": 1,
            "values": [
                {"value": "Black", "sort_order": 1, "swatch": {"type": "color", "value": "#000000"}},
                {"value": "White", "sort_order": 0},
            ],
        },
        {"name": "Size", "sort_order": 0, "values": [{"value": "S"}, {"value": "M"}]},
    ],
    "variants": [
        {
            "option_values": {"Size": "S", "Color": "Black"},
            "price": {"amount": "29.99", "asset_id": "USD"},
            "inventory_quantity": 5,
            "sku": "S-B",
            "next_variant_id": 101,
        },
        {
            "option_values": {"Size": "M", "Color": "White"},
            "price": {"amount": 32.5, "asset_id": "USD"},
            "inventory_quantity": None,
        },
    ],
}


def create_shirt(api, **changes):
    """Create a product from SHIRT through the API, and return it."""
    return api.expect_success(api.post("/products", SHIRT | changes))
