"""The prices of order lines: the catalog's, unless the request names its own."""

from decimal import Decimal

from rest_framework.exceptions import ValidationError

from .catalog import JsonObject, StoreCatalog
from .money import round_money
from .quoted_line import QuotedLine

# Leaves room for tax and shipping in a 12-digit total.
MAX_LINE_TOTAL = Decimal("999999999.99")


def price_order_lines(*, catalog: StoreCatalog, lines: list[JsonObject], currency: str) -> list[QuotedLine]:
    """Price the lines of a request, before discounts and tax.

    Raises ValidationError with one entry for each line.
    """
    quoted: list[QuotedLine] = []
    errors: list[JsonObject] = []
    for line in lines:
        try:
            quoted.append(_price_line(catalog, line, currency))
            errors.append({})
        except ValidationError as error:
            errors.append(dict(error.detail) if isinstance(error.detail, dict) else {})
    if any(errors):
        raise ValidationError({"lines": errors})
    return quoted


def _price_line(catalog: StoreCatalog, line: JsonObject, currency: str) -> QuotedLine:
    # The API calls it product_id, but it is the variant's id.
    product, variant = _find_variant(catalog, line["product_id"])
    unit_price = line.get("price")
    if unit_price is None:
        unit_price = catalog.price(variant, currency)
    if unit_price is None:
        raise ValidationError({"product_id": ["Currency is not available."]})
    if line.get("subscription") and not product["enable_subscription"]:
        raise ValidationError({"subscription": ["Product does not allow subscriptions."]})
    if variant["stock"] is not None and variant["stock"] < line["quantity"]:
        raise ValidationError({"quantity": ["Not enough stock."]})
    total = round_money(unit_price * line["quantity"], currency)
    if total > MAX_LINE_TOTAL:
        raise ValidationError({"price": ["Ensure that there are no more than 10 digits before the point."]})
    return QuotedLine(
        product_id=product["id"],
        variant_id=variant["id"],
        product_title=product["title"],
        variant_title=variant["title"],
        sku=variant["sku"],
        image=variant["image"],
        requires_shipping=variant["requires_shipping"],
        categories=product["categories"],
        is_discountable=product["is_discountable"],
        has_custom_price=line.get("price") is not None,
        quantity=line["quantity"],
        unit_price=round_money(unit_price, currency),
        total_price=total,
        is_upsell=line.get("is_upsell", False),
        metadata=line.get("metadata") or {},
        subscription=_price_subscription(line, unit_price, currency),
    )


def _find_variant(catalog: StoreCatalog, variant_id: int) -> tuple[JsonObject, JsonObject]:
    match = catalog.variant(variant_id)
    if match is not None:
        return match
    if catalog.product(variant_id):
        raise ValidationError({"product_id": ["This action is not allowed on parent products."]})
    raise ValidationError({"product_id": [f'Invalid pk "{variant_id}" - object does not exist.']})


def _price_subscription(line: JsonObject, unit_price: Decimal, currency: str) -> JsonObject | None:
    """Return the line's subscription, or None. Without its own price it renews at the unit price."""
    payload = line.get("subscription")
    if not payload:
        return None
    price = unit_price if payload.get("price") is None else payload["price"]
    return {
        "interval": payload["interval"],
        "interval_count": payload["interval_count"],
        "price": round_money(price, currency),
    }
