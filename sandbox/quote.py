"""The price of an order: the catalog's prices, unless the request names its own."""

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from rest_framework.exceptions import ValidationError

from .catalog import JsonObject, StoreCatalog
from .money import ZERO, add_tax, round_to_cents

# Leaves room for tax and shipping in a 12-digit total.
MAX_LINE_TOTAL = Decimal("999999999.99")
NO_SHIPPING = ("no-shipping-required", "No shipping required")


@dataclass(frozen=True)
class QuotedLine:
    """``unit_price`` excludes tax; ``price_*`` cover the whole line."""

    product_id: int
    variant_id: int
    product_title: str
    variant_title: str
    sku: str
    image: str
    requires_shipping: bool
    quantity: int
    unit_price: Decimal
    price_excl_tax: Decimal
    price_incl_tax: Decimal
    is_upsell: bool = False
    metadata: Any = field(default_factory=dict)
    subscription: JsonObject | None = None


@dataclass(frozen=True)
class Quote:
    currency: str
    tax_percent: Decimal
    lines: list[QuotedLine]
    shipping_code: str = ""
    shipping_method: str = ""
    shipping_excl_tax: Decimal = ZERO
    shipping_incl_tax: Decimal = ZERO

    @property
    def total_excl_tax(self) -> Decimal:
        return sum((line.price_excl_tax for line in self.lines), self.shipping_excl_tax)

    @property
    def total_incl_tax(self) -> Decimal:
        return sum((line.price_incl_tax for line in self.lines), self.shipping_incl_tax)

    def to_json(self) -> JsonObject:
        return asdict(self)

    @classmethod
    def from_json(cls, data: JsonObject) -> "Quote":
        lines = [
            QuotedLine(
                **{
                    **line,
                    "unit_price": Decimal(line["unit_price"]),
                    "price_excl_tax": Decimal(line["price_excl_tax"]),
                    "price_incl_tax": Decimal(line["price_incl_tax"]),
                }
            )
            for line in data["lines"]
        ]
        return cls(
            **{
                **data,
                "lines": lines,
                "tax_percent": Decimal(data["tax_percent"]),
                "shipping_excl_tax": Decimal(data["shipping_excl_tax"]),
                "shipping_incl_tax": Decimal(data["shipping_incl_tax"]),
            }
        )


def price_order_lines(
    *, catalog: StoreCatalog, lines: list[JsonObject], currency: str, tax_percent: Decimal
) -> list[QuotedLine]:
    """Price the lines of a request. Raises ValidationError with one entry for each line."""
    quoted: list[QuotedLine] = []
    errors: list[JsonObject] = []
    for line in lines:
        try:
            quoted.append(_quote_line(catalog, line, currency, tax_percent))
            errors.append({})
        except ValidationError as error:
            errors.append(dict(error.detail) if isinstance(error.detail, dict) else {})
    if any(errors):
        raise ValidationError({"lines": errors})
    return quoted


def _quote_line(catalog: StoreCatalog, line: JsonObject, currency: str, tax_percent: Decimal) -> QuotedLine:
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
    total = round_to_cents(unit_price * line["quantity"])
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
        quantity=line["quantity"],
        unit_price=round_to_cents(unit_price),
        price_excl_tax=total,
        price_incl_tax=add_tax(total, tax_percent),
        is_upsell=line.get("is_upsell", False),
        metadata=line.get("metadata") or {},
        subscription=_quote_subscription(line, unit_price),
    )


def _find_variant(catalog: StoreCatalog, variant_id: int) -> tuple[JsonObject, JsonObject]:
    match = catalog.variant(variant_id)
    if match is not None:
        return match
    if catalog.product(variant_id):
        raise ValidationError({"product_id": ["This action is not allowed on parent products."]})
    raise ValidationError({"product_id": [f'Invalid pk "{variant_id}" - object does not exist.']})


def _quote_subscription(line: JsonObject, unit_price: Decimal) -> JsonObject | None:
    """Return the line's subscription, or None. Without its own price it renews at the unit price."""
    payload = line.get("subscription")
    if not payload:
        return None
    return {
        "interval": payload["interval"],
        "interval_count": payload["interval_count"],
        "price": round_to_cents(unit_price if payload.get("price") is None else payload["price"]),
    }


def quote_order(*, catalog: StoreCatalog, payload: JsonObject, currency: str) -> Quote:
    """Price a validated ordersCreate body. Raises ValidationError if the store would refuse it."""
    country = (payload.get("shipping_address") or {}).get("country")
    tax_percent = catalog.tax_percent(country)
    lines = price_order_lines(
        catalog=catalog, lines=payload["lines"], currency=currency, tax_percent=tax_percent
    )
    quote = Quote(currency=currency, tax_percent=tax_percent, lines=lines)
    if any(line.requires_shipping for line in lines):
        if country is None:
            raise ValidationError({"shipping_address": ["This field is required."]})
        quote = _add_shipping(quote, catalog, payload, country)
    else:
        quote = Quote(currency, tax_percent, lines, *NO_SHIPPING)
    if quote.total_incl_tax <= 0 and any(line.subscription for line in lines):
        raise ValidationError(
            {"non_field_errors": ["Order total must be greater than 0.00 for subscriptions."]}
        )
    return quote


def _add_shipping(quote: Quote, catalog: StoreCatalog, payload: JsonObject, country: str) -> Quote:
    method = _choose_shipping_method(catalog, payload.get("shipping_code"), country, quote.currency)
    price = payload.get("shipping_price")
    if price is None:
        price = catalog.shipping_price(method, quote.currency)
    return Quote(
        currency=quote.currency,
        tax_percent=quote.tax_percent,
        lines=quote.lines,
        shipping_code=method["code"],
        shipping_method=method["name"],
        shipping_excl_tax=round_to_cents(price),
        shipping_incl_tax=add_tax(price, quote.tax_percent),
    )


def _choose_shipping_method(
    catalog: StoreCatalog, code: str | None, country: str, currency: str
) -> JsonObject:
    """Return the method with ``code``; without a code, the cheapest public one for the country."""
    if code:
        method = catalog.shipping_method(code)
        if method is None:
            raise ValidationError({"shipping_code": [f'"{code}" is not a valid choice.']})
        if not _ships_to(method, country):
            raise ValidationError({"shipping_code": [f'"{code}" is not available for country {country}.']})
        return method
    methods = [
        method for method in catalog.shipping_methods() if method["is_public"] and _ships_to(method, country)
    ]
    if not methods:
        raise ValidationError({"shipping_code": ["No shipping method is available."]})
    return min(methods, key=lambda method: catalog.shipping_price(method, currency))


def _ships_to(method: JsonObject, country: str) -> bool:
    return not method["countries"] or country in method["countries"]
