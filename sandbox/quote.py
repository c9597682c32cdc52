"""What an order would cost, by the store's own price list unless the caller names a price."""

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from rest_framework.exceptions import ValidationError

from .catalog import Catalogue, Row
from .money import ZERO, cents, with_tax

# Tax and shipping must still fit beside it.
MOST = Decimal("999999999.99")
NO_SHIPPING = ("no-shipping-required", "No shipping required")


@dataclass(frozen=True)
class QuotedLine:
    """``unit_price`` is without tax; ``price_*`` are for the whole line."""

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
    subscription: Row | None = None


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

    def as_json(self) -> Row:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Row) -> "Quote":
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


def quote_lines(
    *, catalogue: Catalogue, lines: list[Row], currency: str, tax_percent: Decimal
) -> list[QuotedLine]:
    """Prices for request lines; raises ValidationError in the shape of ``lines``."""
    quoted: list[QuotedLine] = []
    errors: list[Row] = []
    for line in lines:
        try:
            quoted.append(_quote_line(catalogue, line, currency, tax_percent))
            errors.append({})
        except ValidationError as error:
            errors.append(dict(error.detail) if isinstance(error.detail, dict) else {})
    if any(errors):
        raise ValidationError({"lines": errors})
    return quoted


def _quote_line(catalogue: Catalogue, line: Row, currency: str, tax_percent: Decimal) -> QuotedLine:
    found = catalogue.variant(line["product_id"])
    if found is None:
        if catalogue.product(line["product_id"]):
            raise ValidationError({"product_id": ["This action is not allowed on parent products."]})
        raise ValidationError({"product_id": [f'Invalid pk "{line["product_id"]}" - object does not exist.']})
    product, variant = found
    unit = line.get("price")
    if unit is None:
        unit = catalogue.price(variant, currency)
    if unit is None:
        raise ValidationError({"product_id": ["Currency is not available."]})
    if line.get("subscription") and not product["enable_subscription"]:
        raise ValidationError({"subscription": ["Product does not allow subscriptions."]})
    if variant["stock"] is not None and variant["stock"] < line["quantity"]:
        raise ValidationError({"quantity": ["Not enough stock."]})
    total = cents(unit * line["quantity"])
    if total > MOST:
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
        unit_price=cents(unit),
        price_excl_tax=total,
        price_incl_tax=with_tax(total, tax_percent),
        is_upsell=line.get("is_upsell", False),
        metadata=line.get("metadata") or {},
        subscription=_subscription(line, unit),
    )


def _subscription(line: Row, unit: Decimal) -> Row | None:
    """The line's subscription; without a recurring price the unit price recurs."""
    wanted = line.get("subscription")
    if not wanted:
        return None
    return {
        "interval": wanted["interval"],
        "interval_count": wanted["interval_count"],
        "price": cents(unit if wanted.get("price") is None else wanted["price"]),
    }


def quote_order(*, catalogue: Catalogue, wanted: Row, currency: str) -> Quote:
    """The whole order's price; raises ValidationError as the store would refuse it."""
    country = (wanted.get("shipping_address") or {}).get("country")
    tax_percent = catalogue.tax_percent(country)
    lines = quote_lines(
        catalogue=catalogue, lines=wanted["lines"], currency=currency, tax_percent=tax_percent
    )
    quote = Quote(currency=currency, tax_percent=tax_percent, lines=lines)
    if any(line.requires_shipping for line in lines):
        if country is None:
            raise ValidationError({"shipping_address": ["This field is required."]})
        quote = _with_shipping(quote, catalogue, wanted, country)
    else:
        quote = Quote(currency, tax_percent, lines, *NO_SHIPPING)
    if quote.total_incl_tax <= 0 and any(line.subscription for line in lines):
        raise ValidationError(
            {"non_field_errors": ["Order total must be greater than 0.00 for subscriptions."]}
        )
    return quote


def _with_shipping(quote: Quote, catalogue: Catalogue, wanted: Row, country: str) -> Quote:
    method = _method(catalogue, wanted.get("shipping_code"), country, quote.currency)
    price = wanted.get("shipping_price")
    if price is None:
        price = catalogue.shipping_price(method, quote.currency)
    return Quote(
        currency=quote.currency,
        tax_percent=quote.tax_percent,
        lines=quote.lines,
        shipping_code=method["code"],
        shipping_method=method["name"],
        shipping_excl_tax=cents(price),
        shipping_incl_tax=with_tax(price, quote.tax_percent),
    )


def _method(catalogue: Catalogue, code: str | None, country: str, currency: str) -> Row:
    """The named method; without a name the cheapest public one that goes there (3.1)."""
    if code:
        method = catalogue.shipping_method(code)
        if method is None:
            raise ValidationError({"shipping_code": [f'"{code}" is not a valid choice.']})
        if not _goes_to(method, country):
            raise ValidationError({"shipping_code": [f'"{code}" is not available for country {country}.']})
        return method
    methods = [
        method for method in catalogue.shipping_methods() if method["is_public"] and _goes_to(method, country)
    ]
    if not methods:
        raise ValidationError({"shipping_code": ["No shipping method is available."]})
    return min(methods, key=lambda method: catalogue.shipping_price(method, currency))


def _goes_to(method: Row, country: str) -> bool:
    return not method["countries"] or country in method["countries"]
