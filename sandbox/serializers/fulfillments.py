"""Parcels: FulfillmentResponse."""

from sandbox.catalog import Row
from sandbox.models import Fulfilment, Line
from sandbox.money import text

from .common import picture, when

ORIGIN = {
    "country": "US",
    "line1": "1 Sandbox Street",
    "line2": "",
    "line3": "",
    "line4": "Springfield",
    "phone_number": "",
    "postcode": "00000",
    "state": "NY",
}


def fulfilment_json(row: Fulfilment) -> Row:
    order = row.order
    lines = {line.pk: line for line in order.lines.all()}
    return {
        "created_at": when(row.created_at, order.store),
        "delivery_status": row.delivery_status,
        "id": row.pk,
        "last_event_date": when(row.created_at, order.store),
        "line_items": [
            _line(number, lines[part["line_id"]], part["quantity"])
            for number, part in enumerate(row.lines, start=row.pk * 1000)
        ],
        "location_id": 1,
        "order_number": order.number,
        "origin_address": ORIGIN,
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


def _line(row_id: int, line: Line, quantity: int) -> Row:
    return {
        "currency": line.order.currency,
        "fulfilled_quantity": str(quantity),
        "fulfillment_service": "manual",
        "id": row_id,
        "order_line_id": line.pk,
        "price_excl_tax": text(line.price_excl_tax),
        "price_incl_tax": text(line.price_incl_tax),
        "product_id": line.product_id,
        "product_image": picture(line.image),
        "product_title": line.product_title,
        "quantity": quantity,
        "requires_shipping": line.requires_shipping,
        "returnable_quantity": str(quantity - min(line.refunded, quantity)),
        "returned_quantity": str(min(line.refunded, quantity)),
        "sku": line.sku,
        "tax_lines": [],
        "total_discount": "0.00",
    }
