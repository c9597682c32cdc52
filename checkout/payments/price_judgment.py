"""Judging what NEXT charged for a purchase against what the shopper was shown.

Prices, shipping and codes must be ours, to the cent: else staff must decide. A difference in tax or discount
alone pays for the order, and staff are told once for each cause. But a discount that was promised must be
given, and tax may not exceed the store's limit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from checkout import sentences
from checkout.models import PaymentIntent
from checkout.payments.article_matching import Item, list_purchased_lines, match_items
from nextcommerce.currencies import smallest_unit
from nextcommerce.order_prices import NextPrice, read_line_price, read_shipping_price, read_total_tax
from nextcommerce.schemas import NextLine, NextOrder
from orders.models import Order
from orders.models.price_difference import UNNAMED_DISCOUNT
from orders.order_totals import OrderTotals, SoldPrice, calculate_totals, find_tax_basis
from orders.snapshot import PurchaseSnapshot, order_fields_of_snapshot
from stores.models import Store, TaxMode
from stores.money import rounding_tolerance
from wording.sentence import Money, Sentence

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class DiscountDifference:
    """A discount of another amount than shown. `shown` is None if it wasn't shown."""

    cause: str  # its name or code
    shown: Decimal | None
    charged: Decimal


@dataclass(frozen=True)
class TaxDifference:
    """Another tax than shown. `shown` is None if no tax was named."""

    is_included: bool
    shown: Decimal | None
    charged: Decimal


@dataclass(frozen=True)
class PriceJudgment:
    """`problems` are sentences for staff, who must decide if there are any."""

    problems: tuple[Sentence, ...] = ()
    tax: TaxDifference | None = None
    discounts: tuple[DiscountDifference, ...] = ()


@dataclass(frozen=True)
class Charge:
    """What NEXT charged for a purchase, without later upsells, and the order as it was shown."""

    store: Store
    shown: Order  # unsaved
    snapshot: PurchaseSnapshot
    next_order: NextOrder
    pairs: Sequence[tuple[NextLine, Item]]
    is_included: bool
    totals: OrderTotals

    def money(self, amount: Decimal) -> Money:
        """Return the amount in the currency that was shown."""
        return Money(amount, self.shown.currency)

    @property
    def excess(self) -> Decimal:
        """By how much the total exceeds what was shown."""
        return self.totals.total - self.shown.total

    @property
    def tolerance(self) -> Decimal:
        """How far rounding alone may take a tax."""
        return rounding_tolerance(sum(line.quantity for line, _item in self.pairs), self.shown.currency)

    @property
    def names_tax(self) -> bool:
        """Whether the shopper was shown a tax, be it none or an estimate, and not that NEXT calculates it."""
        is_at_payment = self.shown.shown_parts["tax_mode"] == TaxMode.AT_PAYMENT
        return bool(self.snapshot["tax_lines"]) or not is_at_payment

    @property
    def names_discount(self) -> bool:
        """Whether a lower price can be a discount: NEXT reports one, or one was to be expected."""
        next_order = self.next_order
        is_reported = next_order.total_discount or any(line.total_discount for line in next_order.lines)
        is_requested = self.shown.discount_code or self.snapshot["next_offer_ids"]
        return bool(next_order.discounts or is_reported or is_requested)


def judge_prices(*, intent: PaymentIntent, next_order: NextOrder) -> PriceJudgment:
    """Judge the charge of a NEXT order whose lines are those of the intent. Needs `intent.store` loaded."""
    if next_order.total_incl_tax is None:
        return PriceJudgment(problems=(sentences.NO_TOTAL.fill(),))
    charge = _read_charge(intent=intent, next_order=next_order)
    problems = (
        *_describe_line_prices(charge),
        *_describe_shipping_price(charge),
        *_describe_foreign_codes(charge),
        *_describe_total(charge),
    )
    if problems:
        return PriceJudgment(problems=problems)
    return PriceJudgment(
        tax=_find_tax_difference(charge), discounts=tuple(_find_discount_differences(charge))
    )


def _read_charge(*, intent: PaymentIntent, next_order: NextOrder) -> Charge:
    shown = Order(store=intent.store, **order_fields_of_snapshot(intent.snapshot))
    next_order = _without_upsells(next_order)
    pairs = match_items(items=intent.snapshot["items"], lines=next_order.lines)
    sold = [SoldPrice(line, Decimal(item["unit_price"])) for line, item in pairs]
    is_included = find_tax_basis(order=shown, next_order=next_order, sold=sold)
    totals = calculate_totals(
        order=shown,
        next_order=next_order,
        sold=sold,
        items_total=shown.items_total,
        is_included=is_included,
    )
    return Charge(intent.store, shown, intent.snapshot, next_order, pairs, is_included, totals)


def _without_upsells(next_order: NextOrder) -> NextOrder:
    """Return the NEXT order as it was before upsells were added."""
    lines = list_purchased_lines(next_order)
    if len(lines) == len(next_order.lines):
        return next_order
    added = [line for line in next_order.lines if line.is_upsell]
    prices = [price for line in added if (price := read_line_price(next_order, line))]
    tax = sum((price.incl_tax - price.excl_tax for price in prices), ZERO)
    discount = sum((price.discount for price in prices), ZERO)
    total = (next_order.total_incl_tax or ZERO) - sum(map(next_order.line_total, added), ZERO)
    total_tax = max(read_total_tax(next_order) - tax, ZERO)
    return replace(
        next_order,
        lines=tuple(lines),
        total_incl_tax=total,
        total_excl_tax=max(total - total_tax, ZERO),
        total_tax=total_tax,
        total_discount=max((next_order.total_discount or ZERO) - discount, ZERO),
        tax_lines=(),
    )


def _describe_line_prices(charge: Charge) -> Iterable[Sentence]:
    for line, item in charge.pairs:
        price = read_line_price(charge.next_order, line)
        if price is None:
            continue
        ours = Decimal(item["unit_price"]) * item["quantity"]
        full = price.get_full(is_included=charge.is_included)
        tolerance = _rounding_of(price, charge) * line.quantity
        if full - ours > tolerance or (ours - full > tolerance and not charge.names_discount):
            yield sentences.OTHER_ITEM_PRICE.fill(
                item=item["name"], charged=charge.money(full), shown=charge.money(ours)
            )


def _describe_shipping_price(charge: Charge) -> Iterable[Sentence]:
    price = read_shipping_price(charge.next_order)
    if price is None:
        return
    ours = charge.shown.shipping_total
    charged = price.get_charged(is_included=charge.is_included)
    tolerance = _rounding_of(price, charge)
    if charged - ours > tolerance or (ours - charged > tolerance and not charge.names_discount):
        yield sentences.OTHER_SHIPPING_PRICE.fill(charged=charge.money(charged), shown=charge.money(ours))


def _rounding_of(price: NextPrice, charge: Charge) -> Decimal:
    """Return by how much rounding of its tax may change a price."""
    return smallest_unit(charge.shown.currency) if price.excl_tax != price.incl_tax else ZERO


def _describe_foreign_codes(charge: Charge) -> Iterable[Sentence]:
    ours = charge.shown.discount_code.casefold()
    for discount in charge.next_order.discounts:
        if discount.voucher_code and discount.voucher_code.casefold() != ours:
            yield sentences.FOREIGN_CODE.fill(code=discount.voucher_code)


def _describe_total(charge: Charge) -> Iterable[Sentence]:
    if charge.excess and not _is_explained(charge):
        yield sentences.OTHER_TOTAL.fill(**_list_totals(charge))
    elif problem := (
        _describe_absurd_tax(charge) or _describe_missing_discount(charge) or _describe_tax_over_limit(charge)
    ):
        yield problem


def _list_totals(charge: Charge) -> dict[str, Money]:
    return {"charged": charge.money(charge.totals.total), "shown": charge.money(charge.shown.total)}


def _describe_absurd_tax(charge: Charge) -> Sentence:
    totals = charge.totals
    taxable = totals.items_total + totals.shipping_total
    if charge.excess <= charge.tolerance or totals.tax_total <= taxable:
        return Sentence()
    return sentences.TAX_OVER_ALL.fill(tax=charge.money(totals.tax_total), **_list_totals(charge))


def _describe_missing_discount(charge: Charge) -> Sentence:
    """Describe a discount that was shown and not given, unless the total is no higher than a final one."""
    shown, totals = charge.shown, charge.totals
    is_harmless = shown.is_total_final and charge.excess <= charge.tolerance
    if is_harmless or shown.discount_total - totals.discount_total <= charge.tolerance:
        return Sentence()
    return sentences.DISCOUNT_MISSING.fill(
        given=charge.money(totals.discount_total),
        promised=charge.money(shown.discount_total),
        **_list_totals(charge),
    )


def _describe_tax_over_limit(charge: Charge) -> Sentence:
    limit = charge.store.max_tax_difference
    if not charge.names_tax or limit is None or charge.excess <= max(limit, charge.tolerance):
        return Sentence()
    return sentences.TAX_OVER_LIMIT.fill(
        tax=charge.money(charge.totals.tax_total),
        shown_tax=charge.money(charge.shown.tax_total),
        **_list_totals(charge),
    )


def _is_explained(charge: Charge) -> bool:
    """Return True if NEXT's own parts add up to its total, with the tax that it names."""
    totals = charge.totals
    tax = totals.tax_total + totals.included_tax_total
    is_named = abs(tax - read_total_tax(charge.next_order)) <= charge.tolerance
    return is_named and abs(totals.adjustment_total) <= charge.tolerance


def _find_tax_difference(charge: Charge) -> TaxDifference | None:
    shown, totals = charge.shown, charge.totals
    added = abs(totals.tax_total - shown.tax_total)
    included = abs(totals.included_tax_total - shown.included_tax_total)
    if max(added, included) <= charge.tolerance + _limit_tax_of_discounts(charge):
        return None
    return TaxDifference(
        is_included=bool(totals.included_tax_total),
        shown=shown.tax_total + shown.included_tax_total if charge.names_tax else None,
        charged=totals.tax_total + totals.included_tax_total,
    )


def _limit_tax_of_discounts(charge: Charge) -> Decimal:
    """Return the most that discounts of unknown worth may change the tax, at the rates that were shown."""
    # Goods and shipping have a row each, and several rates may have one name.
    rates = {(row["name"], Decimal(row["rate"])) for row in charge.snapshot["tax_lines"]}
    difference = abs(charge.totals.discount_total - charge.shown.discount_total)
    return difference * sum((rate for _name, rate in rates), ZERO) / 100


def _find_discount_differences(charge: Charge) -> Iterable[DiscountDifference]:
    """Yield the discounts that were not shown, or at another amount."""
    if charge.snapshot["next_offer_ids"]:
        return  # NEXT doesn't say which of its offers were requested, and a code lowers what they leave.
    for code, name, amount in _list_given_discounts(charge):
        shown = _find_shown_amount(charge, code or name)
        # The only code is ours. It was shown without an amount if only NEXT could tell its worth.
        is_expected = shown is None and code
        difference = amount if shown is None else abs(amount - shown)
        if difference > charge.tolerance and not is_expected:
            yield DiscountDifference(cause=code or name or UNNAMED_DISCOUNT, shown=shown, charged=amount)


def _find_shown_amount(charge: Charge, label: str) -> Decimal | None:
    """Return what the shopper was shown for a code, or for a discount with this name."""
    for row in charge.snapshot["discounts"]:
        if (row["code"] or row["name"]).casefold() == label.casefold():
            return Decimal(row["amount"])
    return None


def _list_given_discounts(charge: Charge) -> list[tuple[str, str, Decimal]]:
    """Return code, name, and amount of each discount, and of what NEXT took off without a name."""
    named = [(row.voucher_code, row.name, row.amount) for row in charge.next_order.discounts]
    rest = charge.totals.discount_total - sum((amount for _code, _name, amount in named), ZERO)
    return [*named, ("", "", rest)]
