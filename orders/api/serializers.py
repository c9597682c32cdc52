"""Serializers from rows to API responses."""

from decimal import Decimal
from typing import Any, cast

from orders.api.response_types import (
    ChannelResponse,
    CustomerResponse,
    OrderItemResponse,
    OrderProductResponse,
    OrderResponse,
    ShippingAddressResponse,
    SingleOrderResponse,
)
from orders.models import Customer, Order, OrderAddress, OrderItem
from stores.api.response_schemas import serialize_money

PAYMENT_METHOD_NAME = "Link"  # free text (X36)
PRODUCT_SUMMARY_KEYS = ("id", "name", "description", "default_currency")
ADDRESS_KEYS = (
    "name",
    "first_name",
    "last_name",
    "line1",
    "city",
    "state",
    "postal_code",
    "country",
    "phone",
)


def serialize_order(order: Order, *, full_products: bool) -> OrderResponse:
    """Return an order with its items. `full_products` includes all product fields (R178)."""
    currency = order.currency
    return {
        "order_number": order.number,
        "external_id": order.external_id,
        "created_at": int(order.created_at.timestamp()),
        "updated_at": int(order.updated_at.timestamp()),
        "status": cast(Any, str(order.status)),
        "payment_method": PAYMENT_METHOD_NAME,
        "total_amount": serialize_money(order.total, currency),
        "customer": {
            "id": order.customer_id or order.channel.get("customer_id"),
            "name": order.name,
            "email": order.email,
            "phone": order.phone,
        },
        "shipping_address": serialize_address(order.shipping_address) if order.shipping_address else None,
        "tax_region": {
            "country": order.tax_country,
            "state": order.tax_state,
        },
        # An item removed in NEXT is still a row, with a quantity of 0.
        "items": [
            serialize_order_item(item, currency=currency, full_products=full_products)
            for item in order.items.all()
            if item.quantity
        ],
        "currency": currency,
        "items_amount": serialize_money(order.items_total, currency),
        "shipping_amount": serialize_money(order.shipping_total, currency),
        "tax_amount": serialize_money(order.tax_total, currency),
        "refunded_amount": serialize_money(order.refunded_amount, currency),
        "verification_amount": serialize_money(order.verification_amount, currency),
        "paid_at": int(order.paid_at.timestamp()) if order.paid_at else None,
        "is_test": order.is_test,
        "payment_link_id": order.payment_link_id or None,
        "next_order_number": order.next_order_number,
        "channel": serialize_channel(order.channel) if order.channel else None,
    }


def serialize_single_order(order: Order) -> SingleOrderResponse:
    """Return the order in both shapes (W6)."""
    data = serialize_order(order, full_products=True)
    return {**data, "order": data}


def serialize_address(address: OrderAddress) -> ShippingAddressResponse:
    """Return the address, with `line2` only if there is one."""
    data = {name: getattr(address, name) for name in ADDRESS_KEYS}
    if address.line2:
        data["line2"] = address.line2
    return cast(ShippingAddressResponse, data)


def serialize_channel(channel: dict[str, Any]) -> ChannelResponse:
    """Return the data of the shopper's ephemeral token."""
    return {
        "provider": channel.get("provider", ""),
        "order_id": channel.get("order_id", ""),
        "issued_by": channel.get("issued_by", ""),
        "channel_metadata": channel.get("channel_metadata", {}),
    }


def serialize_order_item(item: OrderItem, *, currency: str, full_products: bool) -> OrderItemResponse:
    """Return a line of an order."""
    product = serialize_order_product(item, currency=currency, full_products=full_products)
    return {
        "product": product,
        "option_values": item.option_values,
        "quantity": item.quantity,
        "unit_price": serialize_money(item.unit_price, currency),
        "total": serialize_money(item.total, currency),
        "media_order": item.media_order,
        "product_id": item.product_id,
        "product_name": item.name,
        "product_description": product["description"],
        "variant_id": item.variant_id,
        "variant": {
            "id": item.variant_id,
            "sku": item.sku,
            "option_values": item.option_values,
            "price": serialize_money(item.unit_price, currency),
            "media_order": item.media_order,
        },
        "selling_plan_id": item.selling_plan.get("selling_plan_id"),
        "custom_text": item.custom_text,
    }


def serialize_order_product(item: OrderItem, *, currency: str, full_products: bool) -> OrderProductResponse:
    """Return the product snapshot. An item added in NEXT has only the fields NEXT provides."""
    product = {
        "id": item.product_id,
        "name": item.name,
        "description": "",
        "default_currency": currency,
        **item.product,
    }
    return cast(
        OrderProductResponse,
        product if full_products else {key: product[key] for key in PRODUCT_SUMMARY_KEYS},
    )


def serialize_customer(customer: Customer) -> CustomerResponse:
    """Return a customer. Needs `orders.customers.with_payment_totals` and `store` loaded."""
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
        "total_expense": to_cents(paid - refunded),
        "total_payment": to_cents(paid),
        "total_refund": to_cents(refunded),
    }


def to_cents(amount: Decimal) -> int:
    """Return the amount in whole cents."""
    return int(amount * 100)
