"""Valid answers of NEXT, with every key that a deserializer reads."""

from typing import Any

TRANSACTION = {
    "id": 31,
    "type": "debit",
    "status": "succeeded",
    "amount": "24.00",
    "order": "100001",
    "subscription": {"id": 4, "billing_cycle": 1},
    "attribution": {"metadata": {"mark": "a"}},
}
REFUND = {
    "id": 41,
    "total_refund_amount": "5.00",
    "note": "Broken",
    "created_at": "2026-02-03T04:05:06Z",
    "refund_line_items": [{"line_item_id": 21, "quantity": 1}],
}
ORDER = {
    "number": "100001",
    "status": "open",
    "payment_status": "paid",
    "fulfillment_status": "fulfilled",
    "is_test": True,
    "source": "subscription",
    "currency": "USD",
    "user": {"email": "ada@example.com"},
    "total_incl_tax": "24.00",
    "total_outstanding": "0.00",
    "shipping_incl_tax": "5.00",
    "shipping_excl_tax": "5.00",
    "shipping_code": "standard",
    "shipping_method": "Standard",
    "created_at": "2026-02-03T04:05:06Z",
    "updated_at": "2026-02-03T04:05:06-05:00",
    "supports_post_purchase_upsells": True,
    "order_status_url": "https://shop.test/1",
    "tags": ["pi_1"],
    "attribution": {"metadata": {"payment_intent": "pi_1", "replaces": 7}},
    "lines": [
        {
            "id": 21,
            "variant_id": 13,
            "product_id": 11,
            "product": {"id": 11, "title": "Lamps"},
            "product_title": "Lamp",
            "variant_title": "Black",
            "sku": "L-1",
            "is_upsell": True,
            "quantity": 2,
            "current_quantity": 1,
            "fulfillable_quantity": 1,
            "metadata": {"a": "b"},
            "price_excl_tax": "19.00",
            "price_incl_tax": "19.00",
        },
        {"id": 22, "product_id": 12, "quantity": 1, "price_incl_tax": "1.00"},
    ],
    "transactions": [TRANSACTION],
    "refunds": [REFUND],
    "fulfillments": [
        {
            "id": 51,
            "status": "success",
            "delivery_status": "in_transit",
            "tracking_code": "1Z",
            "tracking_codes": ["1Z", "2Z"],
            "tracking_links": ["https://ups.test"],
            "tracking_carrier": "UPS",
        }
    ],
    "offer_discounts": [{"name": "Spring", "amount": "5.00"}],
    "voucher_discounts": [{"name": "Hi", "amount": "2.00", "voucher": {"code": "HELLO"}}],
    "tax_lines": [{"tax_title": "Sales tax", "amount": "1.60", "rate": 0.08}],
    "subscriptions": [{"id": 4, "billing_cycle": 0}],
}
SUBSCRIPTION = {
    "id": 4,
    "status": "active",
    "interval": "month",
    "interval_count": 3,
    "currency": "USD",
    "next_renewal_date": "2026-02-03T04:05:06-05:00",
    "paused_at": "2026-02-03T04:05:06Z",
    "paused_until": "2026-05-03T04:05:06Z",
    "cancel_reason": "other",
    "shipping_price": "5.00",
    "lines": [
        {
            "id": 61,
            "variant_id": 13,
            "product_id": 11,
            "product_title": "Tea",
            "variant_title": "L",
            "quantity": 2,
            "price": "9.00",
            "metadata": {"replaces": 60},
        }
    ],
    "orders": [{"billing_cycle": 0, "order_number": "100001"}, {"billing_cycle": 1, "order_number": "9"}],
}
TEMPLATES: dict[str, Any] = {
    "order": ORDER,
    "transaction": TRANSACTION,
    "refund": REFUND,
    "refund quote": {
        "amount_incl_tax": "5.00",
        "transactions": [{"id": 31, "refundable_amount": "5.00"}, {"id": 32, "refundable_amount": "1.00"}],
    },
    "subscription": SUBSCRIPTION,
    "store": [
        {
            "name": "Shop",
            "primary_domain": "shop.test",
            "timezone": "America/New_York",
            "tax_id": "US-1",
            "available_currencies": [{"code": "USD"}],
            "payments": {
                "available_payment_methods": [
                    {"code": "paypal", "supported_currencies": ["USD", {"code": "EUR"}]},
                    "link",
                ]
            },
            "contact_address": {
                "company_name": "Shop, Inc.",
                "line1": "1 Main Street",
                "line2": "Back building",
                "city": "Albany",
                "state": "NY",
                "postcode": "12207",
                "country": "US",
            },
        }
    ],
    "gateway": {
        "id": 7,
        "name": "Stripe",
        "gateway_type": "stripe",
        "active": True,
        "currencies": [{"code": "USD"}],
    },
    "gateway group": {
        "id": 3,
        "name": "All cards",
        "available_currencies": ["USD"],
        "available_payment_methods": [
            {"code": "link", "supported_currencies": [{"code": "USD"}, "EUR"]},
            "bankcard",
        ],
    },
    "shipping method": {
        "code": "standard",
        "name": "Standard",
        "delivery_time": "2 days",
        "is_public": False,
        "countries": [{"code": "US"}],
        "prices": [{"currency": "USD", "price_per_order": "5.00"}],
    },
    "product": {
        "id": 1,
        "title": "Lamp",
        "slug": "lamp",
        "is_public": False,
        "images": [{"src": "https://shop.test/1.png", "attachment": "1.png"}],
        "variants": [
            {
                "id": 11,
                "title": "Black",
                "sku": "L-1",
                "requires_shipping": False,
                "track_stock": True,
                "purchase_availability": "available",
                "allow_backorders": False,
                "variant_attribute_values": [{"name": "Color", "code": "color", "value": "Black"}],
                "prices": [{"currency": "USD", "price": "19.00"}],
                "stockrecords": [{"num_in_stock": 9, "num_allocated": 2}],
            }
        ],
    },
    "webhook": {
        "id": 71,
        "target": "https://shop.test/webhooks",
        "events": ["order.created"],
        "active": True,
        "api_version": "2024-04-01",
        "secret_key": "whsec",
    },
    "order.created": ORDER,
    "subscription.updated": SUBSCRIPTION,
    "transaction.created": TRANSACTION,
    "fulfillment.created": {"order_number": "100001", "order": 100001},
    "customer.updated": {"email": "ada@example.com"},
}
