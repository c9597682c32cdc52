"""The exact price of a selection. Amounts come from the database, never from the browser, with one exception.

That is the price that a payment link lets shoppers enter, within its limits (`catalog.free_amount`).
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.pricing import first_price, verification_unit_price
from checkout.models import ShippingMethod
from checkout.selection import Selection, SelectionLine
from checkout.tax_rules import TaxRules, load_tax_rules
from checkout.taxes import QuoteTaxLine, TaxableLine, Taxes, TaxStatus, calculate_taxes, merge_tax_lines
from stores.errors import Problem
from stores.models import Store
from stores.money import MAX_AMOUNT


@dataclass(frozen=True)
class QuoteLine:
    """A selection line with its unit price."""

    chosen: SelectionLine
    unit_price: Decimal
    # Charged per unit and then refunded: NEXT Commerce needs a total above zero to start a subscription.
    verification: Decimal = Decimal("0.00")
    # This line's share of the codes and offers whose worth is known, for all its units.
    discount: Decimal = Decimal("0.00")

    @property
    def total(self) -> Decimal:
        """The line's price before discounts."""
        return self.unit_price * self.chosen.quantity

    @property
    def plan_terms(self) -> str:
        return self.chosen.format_plan_terms()

    @property
    def is_at_next_price(self) -> bool:
        """Return True if NEXT's catalog has this price, so that an order needn't name it. Not with plans."""
        return self.chosen.plan is None and self.unit_price == self.chosen.variant.next_price

    @property
    def discounted_total(self) -> Decimal:
        """The line's price after discounts: what tax is calculated on."""
        return self.total - self.discount


@dataclass(frozen=True)
class QuoteDiscount:
    """What a code or an offer takes off. `amount` is None while only NEXT can tell."""

    name: str
    amount: Decimal | None
    code: str = ""  # empty for an offer
    is_shipping: bool = False
    next_offer_id: int | None = None  # of an offer


@dataclass(frozen=True)
class Discounts:
    """The discounts of a selection, and what those of known worth take off its lines, by position."""

    rows: tuple[QuoteDiscount, ...] = ()
    line_amounts: tuple[Decimal, ...] = ()

    @property
    def is_final(self) -> bool:
        """Return True if the worth of each is known."""
        return all(row.amount is not None for row in self.rows)


NO_DISCOUNTS = Discounts()


@dataclass(frozen=True)
class Quote:
    """Everything the shopper pays, in `currency`. `tax_total` is tax added to prices; 0 if they include it.

    total = items_total - discount_total + shipping_total + tax_total + verification. It is what will be
    charged if `is_total_final`; otherwise NEXT calculates tax or discounts at payment.
    `verification` is the refundable charge, with its tax, for a subscription that starts free. Otherwise 0.
    """

    lines: tuple[QuoteLine, ...]
    shipping_method: ShippingMethod | None
    items_total: Decimal
    shipping_total: Decimal
    tax_total: Decimal
    verification: Decimal
    total: Decimal
    currency: str
    discounts: tuple[QuoteDiscount, ...] = ()
    tax_lines: tuple[QuoteTaxLine, ...] = ()
    tax_status: TaxStatus = TaxStatus.EXACT
    tax_mode: str = ""
    # Of the verification charge, which contains them.
    verification_tax_lines: tuple[QuoteTaxLine, ...] = ()
    is_total_final: bool = True

    @property
    def discount_total(self) -> Decimal:
        return sum((discount.amount or Decimal(0) for discount in self.discounts), Decimal("0.00"))

    @property
    def charged_tax_lines(self) -> tuple[QuoteTaxLine, ...]:
        return self.tax_lines + self.verification_tax_lines

    @property
    def discount_code(self) -> str:
        """The code that NEXT is to apply, or ""."""
        return next((discount.code for discount in self.discounts if discount.code), "")

    @property
    def included_tax_total(self) -> Decimal:
        return sum((line.amount for line in self.charged_tax_lines if line.is_included), Decimal("0.00"))

    @property
    def lacks_tax(self) -> bool:
        """Return True if tax may come on top of the total, and nobody knows yet how much."""
        return self.tax_status in {TaxStatus.AT_PAYMENT, TaxStatus.NEEDS_ADDRESS}

    @property
    def tax_rows(self) -> list[QuoteTaxLine]:
        """One row for each tax, of goods and shipping together."""
        return merge_tax_lines(self.tax_lines)


def list_offered_methods(*, store: Store, country: str = "") -> list[ShippingMethod]:
    """Return the public methods with a price in the store's currency, cheapest first.

    With a country, returns only methods that ship there.
    """
    methods = ShippingMethod.objects.with_price(store.currency).filter(store=store, is_public=True)
    offered = [method for method in methods if not country or method.goes_to(country)]
    return sorted(offered, key=lambda method: method.price)


def calculate_quote(
    *,
    store: Store,
    selection: Selection,
    country: str,
    state: str = "",
    shipping_code: str = "",
    methods: list[ShippingMethod] | None = None,
    tax_rules: TaxRules | None = None,
    discounts: Discounts = NO_DISCOUNTS,
) -> Quote:
    """Price a selection. An empty `shipping_code` takes the cheapest method. Nothing shippable takes none.

    `methods` are those that ship to the country, and `tax_rules` those of the country and state, if the
    caller has already loaded them.
    Raises Problem if a product has another currency than the store, the method does not ship to the country,
    or the total exceeds MAX_AMOUNT.
    """
    lines = _spread_discounts(price_lines(selection, store), discounts)
    needs_method = selection.needs_shipping and bool(country)
    method = _find_shipping_method(store, country, shipping_code, methods) if needs_method else None
    shipping_total = method.price if method else Decimal(0)
    rules = tax_rules or load_tax_rules(store=store, country=country, state=state)
    taxes = tax_quote_lines(rules, lines, shipping_total)
    items_total = sum((line.total for line in lines), Decimal(0))
    discount_total = sum((line.discount for line in lines), Decimal(0))
    total = items_total - discount_total + shipping_total + taxes.added_total
    if _is_free(selection, method, total + discount_total):
        lines = add_verification_amount(lines, store)
    verification, verification_taxes = _charge_verification(lines, rules)
    _require_possible_amount(total + verification)
    return Quote(
        lines=lines,
        shipping_method=method,
        items_total=items_total,
        shipping_total=shipping_total,
        tax_total=taxes.added_total,
        verification=verification,
        total=total + verification,
        currency=store.currency,
        discounts=discounts.rows,
        tax_lines=taxes.lines,
        tax_status=taxes.status,
        tax_mode=taxes.mode,
        verification_tax_lines=verification_taxes.lines,
        is_total_final=taxes.is_final and discounts.is_final,
    )


def _is_free(selection: Selection, method: ShippingMethod | None, full_price: Decimal) -> bool:
    """Return True if there is nothing to pay, shipping included, and no code is the reason."""
    return not full_price and (method is not None or not selection.needs_shipping)


def _require_possible_amount(total: Decimal) -> None:
    if total > MAX_AMOUNT:
        raise Problem(_("This order is too large. Please reduce the quantity."), field="quantity")


def price_lines(selection: Selection, store: Store) -> tuple[QuoteLine, ...]:
    """Return the lines with their prices. Raises Problem if one is in another currency than the store's."""
    if any(line.variant.product.default_currency != store.currency for line in selection.lines):
        raise Problem(_("This item can't be bought here because it has no price in the shop's currency."))
    return tuple(QuoteLine(chosen=line, unit_price=_find_unit_price(line)) for line in selection.lines)


def _find_unit_price(line: SelectionLine) -> Decimal:
    """Return the payment link's own price, or what it lets shoppers enter, or else the variant's price."""
    if line.own_price is not None:
        return line.own_price
    return first_price(variant=line.variant, plan=line.plan)


def tax_quote_lines(rules: TaxRules, lines: tuple[QuoteLine, ...], shipping: Decimal = Decimal(0)) -> Taxes:
    """Return the taxes of the lines and of their shipping, after discounts."""
    return calculate_taxes(
        rules=rules,
        lines=[_build_taxable_line(line, line.discounted_total) for line in lines],
        shipping=shipping,
    )


def _spread_discounts(lines: tuple[QuoteLine, ...], discounts: Discounts) -> tuple[QuoteLine, ...]:
    if not discounts.line_amounts:
        return lines
    shares = zip(lines, discounts.line_amounts, strict=True)
    return tuple(replace(line, discount=amount) for line, amount in shares)


def _charge_verification(lines: tuple[QuoteLine, ...], rules: TaxRules) -> tuple[Decimal, Taxes]:
    """Return what is charged for verification, tax included, and its taxes."""
    charged = [(line, line.verification * line.chosen.quantity) for line in lines if line.verification]
    if not charged:
        return Decimal("0.00"), Taxes()
    taxes = calculate_taxes(
        rules=rules, lines=[_build_taxable_line(line, amount) for line, amount in charged]
    )
    return sum((amount for _line, amount in charged), Decimal("0.00")) + taxes.added_total, taxes


def _build_taxable_line(line: QuoteLine, amount: Decimal) -> TaxableLine:
    product = line.chosen.variant.product
    return TaxableLine(
        amount=amount,
        quantity=line.chosen.quantity,
        tax_category=product.tax_category,
        is_digital=not product.collect_shipping_address,
    )


def _find_shipping_method(
    store: Store, country: str, code: str, methods: list[ShippingMethod] | None
) -> ShippingMethod:
    """Return the method with this code, or the cheapest for an empty code. Raises Problem if none matches."""
    if methods is None:
        methods = list_offered_methods(store=store, country=country)
    found = next((method for method in methods if code in {"", method.code}), None)
    if found is None:
        raise Problem(
            _("This shipping method isn't available for your country. Please choose another."),
            field="shipping",
        )
    return found


def add_verification_amount(lines: tuple[QuoteLine, ...], store: Store) -> tuple[QuoteLine, ...]:
    """Add the store's verification amount to the first line with a plan, if there are both.

    The amount is divided by the line's quantity, since NEXT Commerce prices single units.
    """
    plan_line = next((line for line in lines if line.chosen.plan), None)
    if plan_line is None or not store.verification_amount:
        return lines
    share = verification_unit_price(
        amount=store.verification_amount, quantity=plan_line.chosen.quantity, currency=store.currency
    )
    return tuple(replace(line, verification=share) if line is plan_line else line for line in lines)
