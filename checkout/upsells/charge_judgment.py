"""Judging what NEXT charged for an upsell against what was shown: the price is ours, its tax may differ."""

from dataclasses import dataclass
from decimal import Decimal

from checkout import sentences
from checkout.models import UpsellAttempt
from checkout.payments.difference_reports import report_differences
from checkout.payments.price_judgment import PriceJudgment, TaxDifference
from nextcommerce.currencies import smallest_unit
from nextcommerce.order_prices import ChargedTax, derive_percent, read_line_price, read_taxes
from nextcommerce.schemas import NextLine, NextOrder
from orders.order_totals import SoldPrice, find_tax_basis
from stores.models import TaxMode
from stores.tax_rates import find_tax_mode
from wording.sentence import Money, Sentence


@dataclass(frozen=True)
class UpsellCharge:
    """The price of an upsell in NEXT, before a discount of NEXT's own, and the tax added to it."""

    price: Decimal
    tax: Decimal
    total: Decimal
    is_included: bool
    tolerance: Decimal  # how far rounding alone may take it

    def has_price_of(self, attempt: UpsellAttempt) -> bool:
        """Return True if the price is the one shown, whatever its tax."""
        return abs(self.price - get_shown_price(attempt)) <= (self.tolerance if self.tax else 0)


def get_shown_price(attempt: UpsellAttempt) -> Decimal:
    """Return what was shown, without the tax added to it."""
    return attempt.amount - attempt.tax


def read_upsell_charge(
    *, attempt: UpsellAttempt, line: NextLine, next_order: NextOrder
) -> UpsellCharge | None:
    """Return what NEXT charged for the attempt's line, or None if it doesn't say.

    Needs `attempt.order.store` loaded.
    """
    price = read_line_price(next_order, line)
    if price is None:
        return None
    order = attempt.order
    if order.is_paid and (order.tax_total or order.included_tax_total):
        is_included = not order.tax_total
    else:
        sold = SoldPrice(line, Decimal(attempt.item["unit_price"]))
        is_included = find_tax_basis(order=order, next_order=next_order, sold=[sold])
    return UpsellCharge(
        price=price.get_full(is_included=is_included),
        tax=Decimal(0) if is_included else price.incl_tax - price.excl_tax,
        total=price.incl_tax,
        is_included=is_included,
        tolerance=smallest_unit(order.currency) * max(line.quantity, 1),
    )


def describe_price_problem(*, attempt: UpsellAttempt, line: NextLine, next_order: NextOrder) -> Sentence:
    """Return a sentence for staff on a price that isn't the one shown or too much tax, or an empty one."""
    charge = read_upsell_charge(attempt=attempt, line=line, next_order=next_order)
    charged = charge.total if charge else next_order.line_total(line)
    text = sentences.OTHER_UPSELL_PRICE.fill(
        shown=Money(attempt.amount, attempt.currency), charged=Money(charged, attempt.currency)
    )
    if charge is None or not charge.has_price_of(attempt):
        return Sentence() if charged == attempt.amount else text
    if charge.tax > charge.price:  # no tax is more than all that it is charged on
        return text
    limit = attempt.order.store.max_tax_difference
    if limit is None or not _was_tax_named(attempt):
        return Sentence()
    return text if charge.total - attempt.amount > max(limit, charge.tolerance) else Sentence()


def report_tax_difference(
    *, attempt: UpsellAttempt, line: NextLine, next_order: NextOrder, source: str
) -> None:
    """Report to staff, once per region, that an upsell's tax differs from what was shown.

    The caller holds the order's row lock, and calls it once for a charge.
    """
    charge = read_upsell_charge(attempt=attempt, line=line, next_order=next_order)
    if charge is None or abs(charge.tax - attempt.tax) <= charge.tolerance:
        return
    taxes = [tax for tax in read_taxes(next_order) if tax.line is line]
    if not taxes and charge.tax:
        percent = derive_percent(
            rate=None, amount=charge.tax, base=charge.price, currency=next_order.currency
        )
        taxes = [ChargedTax(name="", percent=percent, amount=charge.tax)]
    difference = TaxDifference(
        is_included=charge.is_included,
        shown=attempt.tax if _was_tax_named(attempt) else None,
        charged=charge.tax,
    )
    report_differences(
        order=attempt.order,
        judgment=PriceJudgment(tax=difference),
        taxes=taxes,
        sold=[(line, attempt.item)],
        source=source,
    )


def _was_tax_named(attempt: UpsellAttempt) -> bool:
    """Return False if the shopper was told that NEXT calculates the tax. An estimate is named."""
    order = attempt.order
    is_at_payment = find_tax_mode(store=order.store, country=order.tax_country) == TaxMode.AT_PAYMENT
    return bool(attempt.tax) or not is_at_payment
