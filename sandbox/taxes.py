"""The taxes of an order: which rates apply to a line or to shipping, and what they come to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .catalog import JsonObject
from .models import Store
from .money import format_decimal, round_money, share_money
from .quoted_line import QuotedLine
from .tax_settings import TaxMode, TaxRounding

ALL_STATES = "*"


@dataclass(frozen=True)
class TaxRate:
    """``percent`` of the price, in one country or some of its states."""

    id: int
    country: str
    states: frozenset[str]
    percent: Decimal
    title: str
    taxes_shipping: bool
    is_compound: bool
    category: str


@dataclass(frozen=True)
class TaxedAmount:
    excl_tax: Decimal
    incl_tax: Decimal
    tax_lines: list[JsonObject]


@dataclass(frozen=True)
class TaxRules:
    """A store's taxes for one order: its currency and its addresses."""

    rates: tuple[TaxRate, ...]
    mode: TaxMode
    rounding: TaxRounding
    taxes_digital_products: bool
    currency: str
    shipping_address: JsonObject
    billing_address: JsonObject

    def find_line_rates(self, line: QuotedLine) -> list[TaxRate]:
        """Return the rates for a line. Digital goods follow the billing address, if there is one."""
        if line.requires_shipping:
            return self._find_rates(self.shipping_address, line.categories)
        if not self.taxes_digital_products:
            return []
        return self._find_rates(self.billing_address or self.shipping_address, line.categories)

    def find_shipping_rates(self) -> list[TaxRate]:
        return [rate for rate in self._find_rates(self.shipping_address, []) if rate.taxes_shipping]

    def _find_rates(self, address: JsonObject, categories: Sequence[str]) -> list[TaxRate]:
        """Return the rates of an address for products of ``categories``.

        A rate of the product's category replaces all others, a state's before the country's. Otherwise
        the state's rates replace the country's, unless all of them are compound: then they add up.
        """
        in_country = [rate for rate in self.rates if rate.country == address.get("country")]
        whole, in_state = _split_by_state(in_country, str(address.get("state") or ""))
        overrides = [rate for rate in (*in_state, *whole) if rate.category in categories]
        return overrides[:1] or _combine_rates(whole, in_state)

    def compute_exact_tax(self, amount: Decimal, rates: Iterable[TaxRate]) -> Decimal:
        """Return the tax on or in ``amount``, not rounded."""
        fraction = sum((rate.percent for rate in rates), Decimal(0)) / 100
        if self.mode == TaxMode.EXCLUSIVE:
            return amount * fraction
        return amount * fraction / (1 + fraction)

    def build_taxed_amount(self, amount: Decimal, tax: Decimal, rates: Sequence[TaxRate]) -> TaxedAmount:
        """Return ``amount`` with ``tax`` on top of it or taken out of it, and the tax of each rate."""
        charged = [rate for rate in rates if rate.percent]
        parts = share_money(tax, [rate.percent for rate in charged], self.currency)
        tax_lines: list[JsonObject] = [
            {
                "id": rate.id,
                "title": rate.title,
                "percent": str(rate.percent),
                "amount": format_decimal(part),
            }
            for rate, part in zip(charged, parts, strict=True)
        ]
        if self.mode == TaxMode.EXCLUSIVE:
            return TaxedAmount(amount, amount + tax, tax_lines)
        return TaxedAmount(amount - tax, amount, tax_lines)

    def tax_shipping(self, price: Decimal) -> TaxedAmount:
        """Return the shipping price, after discounts, with its tax."""
        rates = self.find_shipping_rates()
        tax = round_money(self.compute_exact_tax(price, rates), self.currency)
        return self.build_taxed_amount(price, tax, rates)

    def tax_lines(self, lines: list[QuotedLine]) -> list[QuotedLine]:
        """Return the lines with their taxes, calculated after discounts."""
        rates = [self.find_line_rates(line) for line in lines]
        taxes = self._round_line_taxes(
            lines,
            [
                self.compute_exact_tax(line.discounted_price, line_rates)
                for line, line_rates in zip(lines, rates, strict=True)
            ],
        )
        taxed = [
            self.build_taxed_amount(line.discounted_price, tax, line_rates)
            for line, tax, line_rates in zip(lines, taxes, rates, strict=True)
        ]
        return [
            replace(
                line,
                price_excl_tax=amount.excl_tax,
                price_incl_tax=amount.incl_tax,
                tax_lines=amount.tax_lines,
            )
            for line, amount in zip(lines, taxed, strict=True)
        ]

    def _round_line_taxes(self, lines: list[QuotedLine], exact: list[Decimal]) -> list[Decimal]:
        if self.rounding == TaxRounding.UNIT:
            return [
                round_money(tax / line.quantity, self.currency) * line.quantity
                for line, tax in zip(lines, exact, strict=True)
            ]
        if self.rounding == TaxRounding.ORDER:
            return share_money(round_money(sum(exact, Decimal(0)), self.currency), exact, self.currency)
        return [round_money(tax, self.currency) for tax in exact]


def _split_by_state(in_country: list[TaxRate], state: str) -> tuple[list[TaxRate], list[TaxRate]]:
    """Return the rates of the whole country and those of the state."""
    whole = [rate for rate in in_country if not rate.states]
    return whole, [rate for rate in in_country if state.strip().upper() in rate.states]


def _combine_rates(whole: list[TaxRate], in_state: list[TaxRate]) -> list[TaxRate]:
    """Return the rates of a country and of one of its states that apply to all products."""
    in_state = [rate for rate in in_state if not rate.category]
    whole = [rate for rate in whole if not rate.category]
    if not in_state or all(rate.is_compound for rate in (*in_state, *whole)):
        return [*whole, *in_state]
    return in_state


def get_tax_rules(
    *,
    store: Store,
    currency: str,
    shipping_address: JsonObject | None,
    billing_address: JsonObject | None,
) -> TaxRules:
    settings = store.taxes
    return TaxRules(
        rates=tuple(_build_rate(row, position) for position, row in enumerate(settings["rates"], start=1)),
        mode=TaxMode(settings["modes"].get(currency, settings["mode"])),
        rounding=TaxRounding(settings["rounding"]),
        taxes_digital_products=settings["taxes_digital_products"],
        currency=currency,
        shipping_address=shipping_address or {},
        billing_address=billing_address or {},
    )


def _build_rate(row: JsonObject, row_id: int) -> TaxRate:
    states = frozenset(state.strip().upper() for state in row["states"]) - {ALL_STATES}
    return TaxRate(
        id=row_id,
        country=row["country"],
        states=states,
        percent=Decimal(row["percent"]).normalize(),
        title=row["title"],
        taxes_shipping=row["taxes_shipping"],
        is_compound=row["is_compound"],
        category=row["category"],
    )


def add_up_tax_lines(rows: Iterable[JsonObject]) -> list[JsonObject]:
    """Return one tax line for each rate, with the sum of its amounts."""
    totals: dict[int, JsonObject] = {}
    for row in rows:
        total = totals.setdefault(row["id"], {**row, "amount": "0.00"})
        total["amount"] = format_decimal(Decimal(total["amount"]) + Decimal(row["amount"]))
    return list(totals.values())


def scale_tax_lines(rows: list[JsonObject], tax: Decimal, currency: str) -> list[JsonObject]:
    """Return the tax lines with amounts that add up to ``tax``, in the same proportion."""
    amounts = share_money(tax, [Decimal(row["amount"]) for row in rows], currency)
    return [{**row, "amount": format_decimal(part)} for row, part in zip(rows, amounts, strict=True)]
