"""Carts in full and as rows of a list."""

from sandbox.catalog import JsonObject
from sandbox.models import Cart, Store
from sandbox.money import format_decimal
from sandbox.quote import Quote
from sandbox.quoted_line import QuotedLine

from .common import (
    build_absent_object,
    build_image_url,
    build_sandbox_url,
    format_store_datetime,
    serialize_order_attribution,
)
from .discounts import serialize_voucher_discounts

# Line ids are the cart's id and the line's place in it.
MAX_CART_LINES = 1000


def serialize_cart_row(cart: Cart) -> JsonObject:
    """Return a slim row of ``cartsList``. It has ``date_created`` where a full cart has ``created_at``."""
    return {
        **_serialize_cart_head(cart),
        "date_created": format_store_datetime(cart.created_at, cart.store),
    }


def serialize_full_cart(cart: Cart) -> JsonObject:
    """Return the CartDetail of ``cartsRetrieve``. Its totals contain neither tax nor shipping."""
    quote = Quote.from_json(cart.quote)
    totals = {
        "total_cost": "0.00",
        "total_discount": format_decimal(quote.total_discount),
        "total_excl_tax": format_decimal(quote.total_excl_tax),
        "total_incl_tax": format_decimal(quote.total_incl_tax),
    }
    return {
        **_serialize_cart_head(cart),
        **totals,
        "created_at": format_store_datetime(cart.created_at, cart.store),
        "lines": [
            _serialize_cart_line(line, cart.pk * MAX_CART_LINES + position, cart.currency)
            for position, line in enumerate(quote.lines, start=1)
        ],
        "report_values": {"currency": cart.currency, **totals},
        "voucher_discounts": serialize_voucher_discounts(quote.discounts),
    }


def _serialize_cart_head(cart: Cart) -> JsonObject:
    return {
        "abandoned": cart.is_abandoned,
        "attribution": serialize_order_attribution(cart.attribution, cart.store),
        "checkout_url": build_sandbox_url(f"/accounts/complete-order/{cart.token}/"),
        "currency": cart.currency,
        "id": cart.pk,
        "metadata": cart.metadata,
        "status": "Open",
        "user": cart.user or _build_anonymous_user(cart.store),
    }


def _build_anonymous_user(store: Store) -> JsonObject | None:
    return build_absent_object(store, {"id": 0, "email": None, "first_name": "", "last_name": ""})


def _serialize_cart_line(line: QuotedLine, row_id: int, currency: str) -> JsonObject:
    subscription = line.subscription or {}
    prices = {
        "price_excl_tax": format_decimal(line.price_excl_tax),
        "price_incl_tax": format_decimal(line.price_incl_tax),
        "total_cost": "0.00",
        "total_discount": format_decimal(line.total_discount),
        "unit_cost": "0.00",
    }
    return {
        **prices,
        "currency": currency,
        "id": row_id,
        "interval": subscription.get("interval"),
        "interval_count": subscription.get("interval_count"),
        "is_upsell": line.is_upsell,
        "metadata": line.metadata,
        "product_id": line.product_id,
        "product_image": build_image_url(line.image),
        "product_title": line.product_title,
        "product_url": build_sandbox_url(f"/products/{line.product_id}/"),
        "quantity": line.quantity,
        "report_values": {"currency": currency, **prices},
        "sku": line.sku,
        "variant_id": line.variant_id,
        "variant_title": line.variant_title,
    }
