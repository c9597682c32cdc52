"""The coupons and offers of an order or a cart: which of them count, and what they take off."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from rest_framework.exceptions import ValidationError

from .benefits import Basket
from .catalog import JsonObject, find_row
from .discount_settings import UnusedCodes
from .models import DiscountUse, Store
from .money import ZERO, format_decimal
from .quoted_line import QuotedLine


@dataclass(frozen=True)
class DiscountRequest:
    """The codes and offers that a request names, and for whom. Site offers come by themselves."""

    codes: list[str] = field(default_factory=list)
    offer_ids: list[int] = field(default_factory=list)
    email: str = ""
    is_cart: bool = False
    is_renewal: bool = False


@dataclass(frozen=True)
class DiscountedOrder:
    """``used`` names every discount that took something off, even if ``discounts`` hides them."""

    lines: list[QuotedLine]
    shipping_price: Decimal
    shipping_discount: Decimal
    discounts: list[JsonObject]
    used: list[JsonObject]


def apply_discounts(
    *,
    store: Store,
    currency: str,
    lines: list[QuotedLine],
    shipping_price: Decimal,
    request: DiscountRequest,
) -> DiscountedOrder:
    """Apply offers, in the order of the settings, then coupons, in the order of the request.

    Raises ValidationError if a code or offer is refused.
    """
    basket = Basket(
        lines=list(lines),
        shipping_price=shipping_price,
        currency=currency,
        discounts_custom_prices=store.discounts["custom_prices"],
    )
    offers = _apply_offers(store, basket, request)
    coupons = _apply_coupons(store, basket, request)
    return _build_discounted_order(store, basket, [*offers, *coupons], request)


def _apply_offers(store: Store, basket: Basket, request: DiscountRequest) -> list[JsonObject]:
    return [
        {**_describe_discount(offer, amount), "offer_id": offer["id"]}
        for offer in _choose_offers(store, request)
        if _is_usable(store, offer, request) and (amount := basket.apply(offer))
    ]


def _apply_coupons(store: Store, basket: Basket, request: DiscountRequest) -> list[JsonObject]:
    discounts: list[JsonObject] = []
    limit = store.discounts["coupon_limit"]
    for code in dict.fromkeys(code.strip().casefold() for code in request.codes):
        coupon = _find_coupon(store, code)
        amount = ZERO
        if coupon is not None and len(discounts) != limit and _is_usable(store, coupon, request):
            amount = basket.apply(coupon)
        if coupon is not None and amount:
            discounts.append({**_describe_discount(coupon, amount), **_describe_voucher(coupon)})
        else:
            _handle_unused_code(store, code, request)
    return discounts


def _choose_offers(store: Store, request: DiscountRequest) -> list[JsonObject]:
    offers: list[JsonObject] = store.discounts["offers"]
    for offer_id in request.offer_ids:
        if find_row(offers, "id", offer_id) is None and not request.is_renewal:
            raise ValidationError({"offers": [f'Invalid pk "{offer_id}" - object does not exist.']})
    site_offers_count = request.is_cart or store.discounts["site_offers_on_orders"]
    return [
        offer
        for offer in offers
        if offer["id"] in request.offer_ids or (site_offers_count and offer["is_site_offer"])
    ]


def _find_coupon(store: Store, code: str) -> JsonObject | None:
    return next((row for row in store.discounts["coupons"] if row["code"].casefold() == code), None)


def _is_usable(store: Store, row: JsonObject, request: DiscountRequest) -> bool:
    """Return True if the discount is current and has uses left for this customer."""
    if request.is_renewal:
        return not row["first_order_only"]
    if not datetime.fromisoformat(row["start"]) <= store.now() < datetime.fromisoformat(row["end"]):
        return False
    uses = DiscountUse.objects.filter(order__store=store, **_identify_discount(row))
    if row["max_uses"] is not None and uses.count() >= row["max_uses"]:
        return False
    is_spent = row["once_per_customer"] and request.email
    return not (is_spent and uses.filter(order__customer__email=request.email.lower()).exists())


def _identify_discount(row: JsonObject) -> JsonObject:
    """Return the fields of DiscountUse that name a coupon or an offer of the store."""
    return {"code": row["code"].casefold()} if "code" in row else {"offer_id": row["id"]}


def _describe_discount(row: JsonObject, amount: Decimal) -> JsonObject:
    return {
        "name": row["name"],
        "description": row["description"] or row["name"],
        "amount": format_decimal(amount),
    }


def _describe_voucher(coupon: JsonObject) -> JsonObject:
    return {
        "voucher": {
            "code": coupon["code"],
            "name": coupon["name"],
            "start_datetime": coupon["start"],
            "end_datetime": coupon["end"],
        }
    }


def _handle_unused_code(store: Store, code: str, request: DiscountRequest) -> None:
    if request.is_renewal:
        return
    setting = store.discounts["cart_codes" if request.is_cart else "order_codes"]
    if setting == UnusedCodes.REFUSE:
        typed = next(typed for typed in request.codes if typed.strip().casefold() == code)
        raise ValidationError({"vouchers": [f'"{typed}" is not a valid voucher.']})


def _build_discounted_order(
    store: Store, basket: Basket, discounts: list[JsonObject], request: DiscountRequest
) -> DiscountedOrder:
    used = [
        {"code": row["voucher"]["code"].casefold()} if "voucher" in row else {"offer_id": row["offer_id"]}
        for row in discounts
    ]
    if request.is_cart or not store.discounts["net_into_lines"]:
        return DiscountedOrder(basket.lines, basket.shipping_price, basket.shipping_discount, discounts, used)
    lines = [replace(line, total_price=line.discounted_price, total_discount=ZERO) for line in basket.lines]
    return DiscountedOrder(lines, basket.shipping_price - basket.shipping_discount, ZERO, [], used)
