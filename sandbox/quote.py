"""The price of an order, with its discounts, taxes and shipping."""

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from rest_framework.exceptions import ValidationError

from .catalog import JsonObject, StoreCatalog
from .discounts import DiscountRequest, apply_discounts
from .line_pricing import price_order_lines
from .models import Order, Store
from .money import ZERO, round_money
from .quoted_line import QuotedLine
from .shipping import NO_SHIPPING, choose_shipping_method
from .taxes import TaxRules, get_tax_rules


@dataclass(frozen=True)
class Quote:
    """``shipping_price`` is before discounts, and contains tax in a tax-inclusive currency."""

    currency: str
    lines: list[QuotedLine]
    shipping_code: str = ""
    shipping_method: str = ""
    shipping_price: Decimal = ZERO
    shipping_discount: Decimal = ZERO
    shipping_excl_tax: Decimal = ZERO
    shipping_incl_tax: Decimal = ZERO
    shipping_tax_lines: list[JsonObject] = field(default_factory=list)
    discounts: list[JsonObject] = field(default_factory=list)
    used_discounts: list[JsonObject] = field(default_factory=list)

    @property
    def total_excl_tax(self) -> Decimal:
        return sum((line.price_excl_tax for line in self.lines), self.shipping_excl_tax)

    @property
    def total_incl_tax(self) -> Decimal:
        return sum((line.price_incl_tax for line in self.lines), self.shipping_incl_tax)

    @property
    def total_discount(self) -> Decimal:
        return sum((line.total_discount for line in self.lines), self.shipping_discount)

    @property
    def total_tax(self) -> Decimal:
        return self.total_incl_tax - self.total_excl_tax

    @property
    def total_listed(self) -> Decimal:
        """Prices as the store lists them, less discounts."""
        prices = sum((line.total_price for line in self.lines), self.shipping_price)
        return prices - self.total_discount

    @property
    def added_tax(self) -> Decimal:
        return self.total_incl_tax - self.total_listed

    @property
    def included_tax(self) -> Decimal:
        return self.total_tax - self.added_tax

    def to_json(self) -> JsonObject:
        return asdict(self)

    @classmethod
    def from_json(cls, data: JsonObject) -> "Quote":
        amounts = ("shipping_price", "shipping_discount", "shipping_excl_tax", "shipping_incl_tax")
        return cls(
            **{
                **data,
                **{name: Decimal(data[name]) for name in amounts},
                "lines": [QuotedLine.from_json(line) for line in data["lines"]],
            }
        )


def quote_order(*, store: Store, payload: JsonObject, currency: str) -> Quote:
    """Price a validated ordersCreate body. Raises ValidationError if the store would refuse it."""
    catalog = StoreCatalog(store.catalog, store.currency)
    lines = price_order_lines(catalog=catalog, lines=payload["lines"], currency=currency)
    shipping = _quote_shipping(catalog, lines, payload, currency)
    rules = get_tax_rules(
        store=store,
        currency=currency,
        shipping_address=payload.get("shipping_address"),
        billing_address=choose_billing_address(payload),
    )
    request = DiscountRequest(
        codes=payload.get("vouchers") or [],
        offer_ids=payload.get("offers") or [],
        email=payload["user"]["email"],
    )
    quote = build_quote(store=store, rules=rules, lines=lines, shipping=shipping, request=request)
    if quote.total_incl_tax <= 0 and any(line.subscription for line in quote.lines):
        raise ValidationError(
            {"non_field_errors": ["Order total must be greater than 0.00 for subscriptions."]}
        )
    return quote


def build_quote(
    *,
    store: Store,
    rules: TaxRules,
    lines: list[QuotedLine],
    shipping: tuple[str, str, Decimal],
    request: DiscountRequest,
) -> Quote:
    """Return the quote of priced lines and of shipping (code, name and price)."""
    code, name, price = shipping
    discounted = apply_discounts(
        store=store, currency=rules.currency, lines=lines, shipping_price=price, request=request
    )
    taxed_shipping = rules.tax_shipping(discounted.shipping_price - discounted.shipping_discount)
    return Quote(
        currency=rules.currency,
        lines=rules.tax_lines(discounted.lines),
        discounts=discounted.discounts,
        used_discounts=discounted.used,
        shipping_code=code,
        shipping_method=name,
        shipping_price=discounted.shipping_price,
        shipping_discount=discounted.shipping_discount,
        shipping_excl_tax=taxed_shipping.excl_tax,
        shipping_incl_tax=taxed_shipping.incl_tax,
        shipping_tax_lines=taxed_shipping.tax_lines,
    )


def quote_added_lines(*, order: Order, lines: list[JsonObject]) -> list[QuotedLine]:
    """Price the lines of a request that adds them to ``order``. They are taxed like the order."""
    store = order.store
    rules = get_tax_rules(
        store=store,
        currency=order.currency,
        shipping_address=order.shipping_address,
        billing_address=order.billing_address,
    )
    catalog = StoreCatalog(store.catalog, store.currency)
    return rules.tax_lines(price_order_lines(catalog=catalog, lines=lines, currency=order.currency))


def choose_billing_address(payload: JsonObject) -> JsonObject | None:
    """Return the billing address of an ordersCreate body."""
    shipping = payload.get("shipping_address")
    if payload.get("billing_same_as_shipping_address") and shipping:
        return {key: value for key, value in shipping.items() if key != "notes"}
    return payload.get("billing_address")


def _quote_shipping(
    catalog: StoreCatalog, lines: list[QuotedLine], payload: JsonObject, currency: str
) -> tuple[str, str, Decimal]:
    """Return the code, name and price of shipping, before discounts and tax."""
    if not any(line.requires_shipping for line in lines):
        return (*NO_SHIPPING, ZERO)
    country = (payload.get("shipping_address") or {}).get("country")
    if country is None:
        raise ValidationError({"shipping_address": ["This field is required."]})
    method = choose_shipping_method(catalog, payload.get("shipping_code"), country, currency)
    price: Any = payload.get("shipping_price")
    if price is None:
        price = catalog.shipping_price(method, currency)
    return method["code"], method["name"], round_money(price, currency)
