"""The rows of an order's total: subtotal, discounts, shipping, taxes, total, refunds.

All pages, emails, and documents about an order show these. The checkout, which has no order yet, has its own
(`templates/checkout/_summary.html`).
"""

import datetime
import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from orders.models import Order, OrderDiscount, OrderTaxLine
from stores.dates import format_store_day
from stores.models import Store, TaxMode
from stores.money import format_money, format_percent

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class TaxLine:
    """A tax, summed up over whatever was taxed."""

    name: str
    rate: Decimal | None
    amount: Decimal
    is_included: bool


@dataclass(frozen=True)
class TotalParts:
    """What adds up to `total`: items - discounts + shipping + added tax + adjustment.

    `discount_total` and the two sums of tax are what counts: where the listed discounts or taxes don't add
    up to them, the sum is shown without names. If `is_total_final` is False, NEXT calculates the rest at
    payment, and tax is part of that unless `is_tax_final`.
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
    discounts: Sequence[OrderDiscount] = ()
    tax_lines: Sequence[OrderTaxLine] = ()
    is_total_final: bool = True
    is_tax_final: bool = True


class RowKind(enum.StrEnum):
    """What a row is about; templates use it as a class and may leave kinds out."""

    ITEMS = "items"
    DISCOUNT = "discount"
    SHIPPING = "shipping"
    TAX = "tax"
    ADJUSTMENT = "adjustment"
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
    named = [
        _amount_row(RowKind.DISCOUNT, _name_discount(discount), -discount.amount, parts)
        for discount in list_named_discounts(parts)
    ]
    return named or _amount_rows_unless_zero(RowKind.DISCOUNT, _("Discount"), -parts.discount_total, parts)


def _name_discount(discount: OrderDiscount) -> str:
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
    label = "%(tax)s" if parts.is_total_final else _("Estimated tax: %(tax)s")
    named = [
        _amount_row(RowKind.TAX, label % {"tax": name_tax(tax)}, tax.amount, parts)
        for tax in list_named_taxes(parts)
        if not tax.is_included
    ]
    if named:
        return named
    if not (parts.tax_total or parts.is_tax_final):
        return [TotalRow(RowKind.TAX, _("Tax"), _("Calculated at payment"))]
    label = _("Tax") if parts.is_total_final else _("Estimated tax")
    return _amount_rows_unless_zero(RowKind.TAX, label, parts.tax_total, parts)


def _included_tax_rows(parts: TotalParts) -> list[TotalRow]:
    taxes = [(name_tax(tax), tax.amount) for tax in list_named_taxes(parts) if tax.is_included]
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


def list_named_discounts(parts: TotalParts) -> list[OrderDiscount]:
    """Return the discounts; [] if they don't add up to `discount_total`, so that nobody is misled."""
    total = sum((discount.amount for discount in parts.discounts), ZERO)
    return [row for row in parts.discounts if row.amount] if total == parts.discount_total else []


def list_named_taxes(parts: TotalParts) -> list[TaxLine]:
    """Return the added taxes, then the included ones, each name and rate once.

    Leaves out those that don't add up to their total.
    """
    added = _add_up_taxes(row for row in parts.tax_lines if not row.is_included)
    included = _add_up_taxes(row for row in parts.tax_lines if row.is_included)
    named = []
    for taxes, total in ((added, parts.tax_total), (included, parts.included_tax_total)):
        if sum((tax.amount for tax in taxes), ZERO) == total:
            named += [tax for tax in taxes if tax.amount]
    return named


def _add_up_taxes(rows: Iterable[OrderTaxLine]) -> list[TaxLine]:
    """Return one tax for each name and rate."""
    sums: dict[tuple[str, Decimal | None, bool], Decimal] = {}
    for row in rows:
        key = (row.name, row.rate, row.is_included)
        sums[key] = sums.get(key, ZERO) + row.amount
    return [TaxLine(name, rate, amount, included) for (name, rate, included), amount in sums.items()]


def name_tax(tax: TaxLine) -> str:
    """Return the tax's name with its rate, e.g. "VAT (19%)"."""
    name = tax.name or _("Tax")
    return f"{name} ({format_percent(tax.rate)})" if tax.rate else name


def format_signed_money(amount: Decimal, currency: str) -> str:
    """Format an amount, with a minus sign before the currency if it is negative."""
    return f"−{format_money(-amount, currency)}" if amount < 0 else format_money(amount, currency)


def prefetch_adjustments(orders: Iterable[Order]) -> None:
    """Load the discounts and tax lines of the orders that have any, in two queries at most."""
    orders = list(orders)
    prefetch_related_objects([order for order in orders if order.discount_total], "discounts")
    taxed = [order for order in orders if order.tax_total or order.included_tax_total]
    prefetch_related_objects(taxed, "tax_lines")


def build_total_parts(order: Order) -> TotalParts:
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
        is_tax_final=order.is_total_final or order.shown_parts.get("tax_mode") != TaxMode.AT_PAYMENT,
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
    return [*list_total_rows(build_total_parts(order)), *list_refund_rows(order)]


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
