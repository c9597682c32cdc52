"""The rows of a total: subtotal, discounts, shipping, taxes, total, refunds. All pages and emails show these.

`TotalParts` describes what adds up, before the payment as well as after it: an order gives its own with
`total_parts_of_order`, and the checkout builds one from its quote.
"""

import datetime
import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from babel.numbers import format_percent
from django.db.models import prefetch_related_objects
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from orders.models import Order
from stores.dates import format_store_day
from stores.models import Store
from stores.money import format_money

ZERO = Decimal("0.00")


class ShownDiscount(Protocol):
    """What a code or an offer takes off. `amount` is None while only NEXT can tell."""

    @property
    def name(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def amount(self) -> Decimal | None: ...


class ShownTax(Protocol):
    """A tax. `rate` is a percentage, None if not known."""

    @property
    def name(self) -> str: ...
    @property
    def rate(self) -> Decimal | None: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def is_included(self) -> bool: ...


@dataclass(frozen=True)
class TaxLine:
    """A tax, summed up over whatever was taxed."""

    name: str
    rate: Decimal | None
    amount: Decimal
    is_included: bool


@dataclass(frozen=True)
class TotalParts:
    """What adds up to `total`: items - discounts + shipping + added tax + adjustment + verification.

    `discount_total` and the two sums of tax are what counts: where the listed discounts or taxes don't add
    up to them, the sum is shown without names. If `is_total_final` is False, NEXT calculates the rest at
    payment.
    """

    currency: str
    items_total: Decimal
    total: Decimal
    discount_total: Decimal = ZERO
    shipping_total: Decimal = ZERO
    shipping_method: str = ""  # empty if nothing ships
    tax_total: Decimal = ZERO
    included_tax_total: Decimal = ZERO
    adjustment_total: Decimal = ZERO
    verification: Decimal = ZERO  # shown as a row of its own before the payment
    discounts: Sequence[ShownDiscount] = ()
    tax_lines: Sequence[ShownTax] = ()
    is_total_final: bool = True


class RowKind(enum.StrEnum):
    """What a row is about; templates use it as a class and may leave kinds out."""

    ITEMS = "items"
    DISCOUNT = "discount"
    SHIPPING = "shipping"
    TAX = "tax"
    ADJUSTMENT = "adjustment"
    VERIFICATION = "verification"
    TOTAL = "total"
    NOTE = "note"  # no part of the sum; its label says it all
    REFUND = "refund"
    NET = "net"


@dataclass(frozen=True)
class TotalRow:
    """One row, ready to show. `amount` is signed as it adds up, None if it isn't an amount."""

    kind: RowKind
    label: str
    value: str
    amount: Decimal | None = None

    @property
    def is_sum(self) -> bool:
        return self.kind in {RowKind.TOTAL, RowKind.NET}


def list_total_rows(parts: TotalParts) -> list[TotalRow]:
    """Return the rows from the subtotal to the total, then what the prices include."""
    return [
        _amount_row(RowKind.ITEMS, _("Subtotal"), parts.items_total, parts),
        *_discount_rows(parts),
        *_shipping_rows(parts),
        *_tax_rows(parts),
        *_amount_rows_unless_zero(RowKind.ADJUSTMENT, _("Adjustment"), parts.adjustment_total, parts),
        *_amount_rows_unless_zero(
            RowKind.VERIFICATION, _("Verification charge (refunded)"), parts.verification, parts
        ),
        _amount_row(
            RowKind.TOTAL, _("Total") if parts.is_total_final else _("Estimated total"), parts.total, parts
        ),
        *_included_tax_rows(parts),
    ]


def _amount_row(kind: RowKind, label: str, amount: Decimal, parts: TotalParts) -> TotalRow:
    return TotalRow(kind, label, format_signed_money(amount, parts.currency), amount)


def _amount_rows_unless_zero(kind: RowKind, label: str, amount: Decimal, parts: TotalParts) -> list[TotalRow]:
    return [_amount_row(kind, label, amount, parts)] if amount else []


def _discount_rows(parts: TotalParts) -> list[TotalRow]:
    discounts = shown_discounts(parts)
    if not discounts:
        return _amount_rows_unless_zero(RowKind.DISCOUNT, _("Discount"), -parts.discount_total, parts)
    return [
        TotalRow(RowKind.DISCOUNT, _name_discount(discount), _("Calculated at payment"))
        if discount.amount is None
        else _amount_row(RowKind.DISCOUNT, _name_discount(discount), -discount.amount, parts)
        for discount in discounts
    ]


def _name_discount(discount: ShownDiscount) -> str:
    name, code = discount.name, discount.code
    if code and name and name.casefold() != code.casefold():
        return _("Discount: %(name)s (%(code)s)") % {"name": name, "code": code}
    if name or code:
        return _("Discount: %(name)s") % {"name": name or code}
    return _("Discount")


def _shipping_rows(parts: TotalParts) -> list[TotalRow]:
    if not parts.shipping_method:
        return _amount_rows_unless_zero(RowKind.SHIPPING, _("Shipping"), parts.shipping_total, parts)
    label = _("Shipping: %(name)s") % {"name": parts.shipping_method}
    if not parts.shipping_total:
        return [TotalRow(RowKind.SHIPPING, label, _("Free"), ZERO)]
    return [_amount_row(RowKind.SHIPPING, label, parts.shipping_total, parts)]


def _tax_rows(parts: TotalParts) -> list[TotalRow]:
    taxes = [tax for tax in shown_taxes(parts) if not tax.is_included]
    if taxes:
        label = "%(tax)s" if parts.is_total_final else _("Estimated tax: %(tax)s")
        return [_amount_row(RowKind.TAX, label % {"tax": name_tax(tax)}, tax.amount, parts) for tax in taxes]
    if parts.tax_total:
        label = _("Tax") if parts.is_total_final else _("Estimated tax")
        return [_amount_row(RowKind.TAX, label, parts.tax_total, parts)]
    is_open = not parts.is_total_final and all(discount.amount is not None for discount in parts.discounts)
    return [TotalRow(RowKind.TAX, _("Tax"), _("Calculated at payment"))] if is_open else []


def _included_tax_rows(parts: TotalParts) -> list[TotalRow]:
    taxes = [(name_tax(tax), tax.amount) for tax in shown_taxes(parts) if tax.is_included]
    if not taxes and parts.included_tax_total:
        taxes = [(_("tax"), parts.included_tax_total)]
    return [
        TotalRow(
            RowKind.NOTE,
            _("Includes %(amount)s %(tax)s") % {"amount": format_money(amount, parts.currency), "tax": name},
            "",
        )
        for name, amount in taxes
    ]


def shown_discounts(parts: TotalParts) -> list[ShownDiscount]:
    """Return the discounts by name; [] if they don't add up to `discount_total`, so that nobody is misled."""
    named = [discount for discount in parts.discounts if discount.amount is None or discount.amount]
    total = sum((discount.amount or ZERO for discount in named), ZERO)
    return named if total == parts.discount_total else []


def shown_taxes(parts: TotalParts) -> list[TaxLine]:
    """Return the taxes by name, those of one name and rate as one; none that don't add up to their total."""
    shown = []
    for is_included, total in ((False, parts.tax_total), (True, parts.included_tax_total)):
        sums: dict[tuple[str, Decimal | None], Decimal] = {}
        for line in parts.tax_lines:
            if line.is_included == is_included:
                key = (line.name, line.rate)
                sums[key] = sums.get(key, ZERO) + line.amount
        if sum(sums.values(), ZERO) == total:
            shown += [
                TaxLine(name, rate, amount, is_included) for (name, rate), amount in sums.items() if amount
            ]
    return shown


def name_tax(tax: ShownTax) -> str:
    """Return the tax's name with its rate, e.g. "VAT (19%)"."""
    name = tax.name or _("Tax")
    return f"{name} ({format_rate(tax.rate)})" if tax.rate else name


def format_rate(rate: Decimal) -> str:
    """Return the percentage in the active language, with the places it needs."""
    locale = to_locale(get_language() or "en")
    return format_percent((rate / 100).normalize(), locale=locale, decimal_quantization=False)


def format_signed_money(amount: Decimal, currency: str) -> str:
    """Format an amount, with a minus sign before the currency if it is negative."""
    return f"−{format_money(-amount, currency)}" if amount < 0 else format_money(amount, currency)


def prefetch_adjustments(orders: Iterable[Order]) -> None:
    """Load the discounts and tax lines of the orders that have any, in two queries at most."""
    orders = list(orders)
    prefetch_related_objects([order for order in orders if order.discount_total], "discounts")
    taxed = [order for order in orders if order.tax_total or order.included_tax_total]
    prefetch_related_objects(taxed, "tax_lines")


def total_parts_of_order(order: Order) -> TotalParts:
    """Return the parts of an order's total. Costs no query for an order without discounts and taxes."""
    has_tax = bool(order.tax_total or order.included_tax_total)
    return TotalParts(
        currency=order.currency,
        items_total=order.items_total,
        discount_total=order.discount_total,
        shipping_total=order.shipping_total,
        shipping_method=order.shipping_method,
        tax_total=order.tax_total,
        included_tax_total=order.included_tax_total,
        adjustment_total=order.adjustment_total,
        total=order.total,
        discounts=list(order.discounts.all()) if order.discount_total else (),
        # Those of an item are part of the others.
        tax_lines=[line for line in order.tax_lines.all() if line.item_id is None] if has_tax else (),
        is_total_final=order.is_total_final,
    )


@dataclass(frozen=True)
class RefundSummary:
    """One refund, or the sum of those that NEXT doesn't list."""

    amount: Decimal
    at: datetime.datetime | None
    is_verification: bool = False


def list_refunds(order: Order) -> list[RefundSummary]:
    """Return the order's refunds. They add up to what was refunded, listed by NEXT or not."""
    if not order.refunded_amount:
        return []
    refunds = [
        RefundSummary(amount=refund.amount, at=refund.refunded_at, is_verification=refund.is_verification)
        for refund in order.refunds.all()
        if refund.amount
    ]
    if not refunds and order.verification_amount and order.verification_refunded_at:
        at = order.verification_refunded_at
        refunds = [RefundSummary(amount=order.verification_amount, at=at, is_verification=True)]
    rest = order.refunded_amount - sum((refund.amount for refund in refunds), ZERO)
    return [*refunds, *([RefundSummary(amount=rest, at=None)] if rest > 0 else [])]


def list_order_rows(order: Order) -> list[TotalRow]:
    """Return the rows of an order's total, then its refunds and what is left after them. Needs `store`."""
    return [*list_total_rows(total_parts_of_order(order)), *list_refund_rows(order)]


def list_refund_rows(order: Order) -> list[TotalRow]:
    """Return a row for each refund, and the total after them; [] without refunds."""
    refunds = list_refunds(order)
    if not refunds:
        return []
    rows = [
        TotalRow(
            RowKind.REFUND,
            _name_refund(refund, order.store),
            format_signed_money(-refund.amount, order.currency),
            -refund.amount,
        )
        for refund in refunds
    ]
    net = format_signed_money(order.net_total, order.currency)
    return [*rows, TotalRow(RowKind.NET, _("Total after refunds"), net, order.net_total)]


def _name_refund(refund: RefundSummary, store: Store) -> str:
    if refund.is_verification:
        return _("Verification charge refunded")
    if refund.at:
        return _("Refunded on %(date)s") % {"date": format_store_day(refund.at, store)}
    return _("Refunded")
