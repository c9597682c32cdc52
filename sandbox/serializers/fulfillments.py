"""Fulfillments (FulfillmentResponse)."""

from sandbox.catalog import JsonObject
from sandbox.models import Fulfillment, OrderLine
from sandbox.money import format_decimal

from .common import build_image_url, format_store_datetime

ORIGIN_ADDRESS = {
    "country": "US",
    "line1": "1 Sandbox Street",
    "line2": "",
    "line3": "",
    "line4": "Springfield",
    "phone_number": "",
    "postcode": "00000",
    "state": "NY",
}


def serialize_order_fulfillment(row: Fulfillment) -> JsonObject:
    order = row.order
    lines = {line.pk: line for line in order.lines.all()}
    return {
        "created_at": format_store_datetime(row.created_at, order.store),
        "delivery_status": row.delivery_status,
        "id": row.pk,
        "last_event_date": format_store_datetime(row.created_at, order.store),
        "line_items": [
            _serialize_fulfillment_line(number, lines[part["line_id"]], part["quantity"])
            for number, part in enumerate(row.lines, start=row.pk * 1000)
        ],
        "location_id": 1,
        "order_number": order.number,
        "origin_address": ORIGIN_ADDRESS,
        "requires_shipping": True,
        "shipping_method": order.shipping_method,
        "status": "success",
        "tracking_carrier": row.tracking_carrier,
        "tracking_carriers": row.tracking_carrier,
        "tracking_code": row.tracking_code,
        "tracking_codes": row.tracking_code,
        "tracking_link": row.tracking_link,
        "tracking_links": row.tracking_link,
    }


def _serialize_fulfillment_line(row_id: int, line: OrderLine, quantity: int) -> JsonObject:
    return {
        "currency": line.order.currency,
        "fulfilled_quantity": str(quantity),
        "fulfillment_service": "manual",
        "id": row_id,
        "order_line_id": line.pk,
        "price_excl_tax": format_decimal(line.price_excl_tax),
        "price_incl_tax": format_decimal(line.price_incl_tax),
        "product_id": line.product_id,
        "product_image": build_image_url(line.image),
        "product_title": line.product_title,
        "quantity": quantity,
        "requires_shipping": line.requires_shipping,
        "returnable_quantity": str(quantity - min(line.refunded, quantity)),
        "returned_quantity": str(min(line.refunded, quantity)),
        "sku": line.sku,
        "tax_lines": [],
        "total_discount": "0.00",
    }
