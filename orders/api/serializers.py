"""From rows to the API's shapes."""

from decimal import Decimal
from typing import Any, cast

from orders.api.response_types import (
    ChannelShape,
    CustomerShape,
    OrderItemShape,
    OrderProductShape,
    OrderShape,
    ShippingAddressShape,
    SingleOrderShape,
)
from orders.models import Customer, Order, OrderItem
from stores.api.response_schemas import money

PAYMENT_METHOD = "Link"  # an open text (X36)
SLIM_PRODUCT = ("id", "name", "description", "default_currency")
ADDRESS = ("name", "first_name", "last_name", "line1", "city", "state", "postal_code", "country", "phone")


def order_shape(order: Order, *, whole: bool) -> OrderShape:
    """Return an order with its items; `whole` shows all that is known of their products (R178)."""
    currency = order.currency
    return {
        "order_number": order.number,
        "external_id": order.external_id,
        "created_at": int(order.created_at.timestamp()),
        "updated_at": int(order.updated_at.timestamp()),
        "status": cast(Any, str(order.status)),
        "payment_method": PAYMENT_METHOD,
        "total_amount": money(order.total, currency),
        "customer": {
            "id": order.customer_id or order.channel.get("customer_id"),
            "name": order.name,
            "email": order.email,
            "phone": order.phone,
        },
        "shipping_address": address_shape(order.shipping_address) if order.shipping_address else None,
        "tax_region": {
            "country": order.tax_region.get("country", ""),
            "state": order.tax_region.get("state", ""),
        },
        # What was taken off in the store is still a row, without a quantity.
        "items": [
            item_shape(item, currency=currency, whole=whole) for item in order.items.all() if item.quantity
        ],
        "currency": currency,
        "items_amount": money(order.items_total, currency),
        "shipping_amount": money(order.shipping_total, currency),
        "tax_amount": money(order.tax_total, currency),
        "refunded_amount": money(order.refunded_amount, currency),
        "verification_amount": money(order.verification_amount, currency),
        "paid_at": int(order.paid_at.timestamp()) if order.paid_at else None,
        "is_test": order.is_test,
        "payment_link_id": order.payment_link_id or None,
        "store_order_number": order.store_order_number,
        "channel": channel_shape(order.channel) if order.channel else None,
    }


def single_order(order: Order) -> SingleOrderShape:
    """Return the order in both shapes at once (W6)."""
    shape = order_shape(order, whole=True)
    return {**shape, "order": shape}


def address_shape(address: dict[str, str]) -> ShippingAddressShape:
    shape = {name: address.get(name, "") for name in ADDRESS}
    if address.get("line2"):
        shape["line2"] = address["line2"]
    return cast(ShippingAddressShape, shape)


def channel_shape(channel: dict[str, Any]) -> ChannelShape:
    return {
        "provider": channel.get("provider", ""),
        "order_id": channel.get("order_id", ""),
        "issued_by": channel.get("issued_by", ""),
        "channel_metadata": channel.get("channel_metadata", {}),
    }


def item_shape(item: OrderItem, *, currency: str, whole: bool) -> OrderItemShape:
    product = product_shape(item, currency=currency, whole=whole)
    return {
        "product": product,
        "option_values": item.option_values,
        "quantity": item.quantity,
        "unit_price": money(item.unit_price, currency),
        "total": money(item.total, currency),
        "media_order": item.media_order,
        "product_id": item.product_id,
        "product_name": item.name,
        "product_description": product["description"],
        "variant_id": item.variant_id,
        "variant": {
            "id": item.variant_id,
            "sku": item.sku,
            "option_values": item.option_values,
            "price": money(item.unit_price, currency),
            "media_order": item.media_order,
        },
        "selling_plan_id": item.selling_plan.get("selling_plan_id"),
        "custom_text": item.custom_text,
    }


def product_shape(item: OrderItem, *, currency: str, whole: bool) -> OrderProductShape:
    """Return the snapshot; an item that was added in the store has only what the store told of it."""
    known = {
        "id": item.product_id,
        "name": item.name,
        "description": "",
        "default_currency": currency,
        **item.product,
    }
    return cast(OrderProductShape, known if whole else {name: known[name] for name in SLIM_PRODUCT})


def customer_shape(customer: Customer) -> CustomerShape:
    """Return a customer; needs `paid` and `refunded` (`orders.customers.with_totals`) and `store` loaded."""
    paid: Decimal = getattr(customer, "paid", Decimal(0))
    refunded: Decimal = getattr(customer, "refunded", Decimal(0))
    return {
        "id": customer.pk,
        "object": "customer",
        "created": int(customer.created_at.timestamp()),
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "merchant_uuid": customer.merchant_uuid,
        "description": customer.description,
        "metadata": customer.metadata,
        "currency": customer.store.currency,
        "total_expense": in_cents(paid - refunded),
        "total_payment": in_cents(paid),
        "total_refund": in_cents(refunded),
    }


def in_cents(amount: Decimal) -> int:
    return int(amount * 100)
