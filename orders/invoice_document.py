"""What an invoice says: one document for one charge, numbered when the order is paid.

It has what the EU asks for (Directive 2006/112/EC, Art. 226): a number of a sequence without gaps, seller and
buyer, prices without tax, and net amount and tax for each rate.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from orders.invoices import list_invoice_rows
from orders.models import CreditNote, Order, OrderItem
from orders.presentation import format_address_lines
from orders.total_rows import RowKind, TaxLine, TotalRow, build_total_parts, list_named_taxes, name_tax
from stores.dates import format_store_day
from stores.models import Store
from stores.money import format_money, format_percent, round_money

LabeledRows = list[tuple[str, str]]


@dataclass(frozen=True)
class DocumentLine:
    """One line: what was sold, and its cells as the columns ask for them."""

    description: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class InvoiceDocument:
    """An invoice, ready to draw, in the active language."""

    store: Store
    order: Order  # whose buyer it bills
    number: str
    facts: LabeledRows
    columns: tuple[str, ...]
    lines: list[DocumentLine]
    rows: list[TotalRow]
    # Each rate with its net amount and tax.
    taxes: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    title: str = ""

    @property
    def billing_lines(self) -> list[str]:
        """Name and address of the buyer."""
        order = self.order
        lines = format_address_lines(order.billing_address) or format_address_lines(order.shipping_address)
        return lines if order.name in lines else [order.name, *lines]


def build_order_invoice(order: Order) -> InvoiceDocument:
    """Return the invoice of a paid order. Needs `store` loaded."""
    prefetch_related_objects([order], "items", "addresses", "tax_lines", "discounts")
    items = [item for item in order.items.all() if item.quantity]
    rates = find_item_rates(order, items)
    return InvoiceDocument(
        store=order.store,
        order=order,
        number=order.invoice_number,
        title=_("Invoice"),
        facts=_list_facts(order),
        columns=list_columns(has_rates=bool(rates)),
        lines=[_build_line(order, item, rates) for item in items],
        rows=list_invoice_rows(order),
        taxes=list_taxes_by_rate(order),
        notes=[_("Test order")] if order.is_test else [],
    )


def build_credit_note(note: CreditNote) -> InvoiceDocument:
    """Return the document that takes back part of the order's invoice. Needs `order.store` loaded."""
    order = note.order
    prefetch_related_objects([order], "addresses", "tax_lines", "discounts")
    amount = format_money(note.amount, order.currency)
    what = _("Refund for invoice %(number)s") % {"number": order.invoice_number}
    return InvoiceDocument(
        store=order.store,
        order=order,
        number=note.number,
        title=_("Credit note"),
        facts=[
            (_("Number"), note.number),
            (_("Date"), format_store_day(note.issued_at, order.store)),
            (_("Invoice"), order.invoice_number),
            (_("Order"), order.number),
        ],
        columns=list_columns(has_rates=False),
        lines=[DocumentLine(what, ("1", amount, amount))],
        rows=[TotalRow(RowKind.TOTAL, _("Total") + f" ({order.currency})", amount, note.amount)],
        taxes=list_taxes_by_rate(order, part=note.amount),
        notes=[_("Test order")] if order.is_test else [],
    )


def list_columns(*, has_rates: bool) -> tuple[str, ...]:
    """Return the headings of the table. Prices without tax are there if each item's rate is known."""
    return (
        _("Product"),
        _("Quantity"),
        *([_("Net price"), _("Tax rate")] if has_rates else []),
        _("Price"),
        _("Total"),
    )


def _list_facts(order: Order) -> LabeledRows:
    date = format_store_day(order.paid_at, order.store) if order.paid_at else ""
    rows = [(_("Number"), order.invoice_number), (_("Date"), date), (_("Order"), order.number)]
    # The date of supply or payment, which the invoice must name besides its own.
    return [(name, value) for name, value in [*rows, (_("Paid on"), date)] if value]


def _build_line(order: Order, item: OrderItem, rates: dict[int, Decimal]) -> DocumentLine:
    middle: tuple[str, ...] = ()
    if rates:
        rate = rates[item.pk]
        net = item.unit_price
        if order.included_tax_total:
            net = round_money(item.unit_price * 100 / (100 + rate))
        middle = (format_money(net, order.currency), format_percent(rate))
    amounts = (format_money(item.unit_price, order.currency), format_money(item.total, order.currency))
    description = ", ".join(filter(None, [item.name, item.title]))
    return DocumentLine(description, (str(item.quantity), *middle, *amounts))


def find_item_rates(order: Order, items: list[OrderItem]) -> dict[int, Decimal]:
    """Return each item's tax rate in percent, by its ID; {} if the rate of any isn't known."""
    rates: dict[int, Decimal] = defaultdict(Decimal)
    for line in order.tax_lines.all():
        if line.item_id is not None and line.rate is not None:
            rates[line.item_id] += line.rate
    taxes = list_named_taxes(build_total_parts(order))
    if len(taxes) == 1 and taxes[0].rate is not None:
        return {item.pk: rates.get(item.pk) or taxes[0].rate for item in items}
    return dict(rates) if all(item.pk in rates for item in items) else {}


def list_taxes_by_rate(order: Order, *, part: Decimal | None = None) -> list[tuple[str, str, str]]:
    """Return each tax with its net amount and its amount, as text; [] if a rate isn't known.

    Of a `part` of the order's total, which has all rates in the same proportion.
    """
    taxes = list_named_taxes(build_total_parts(order))
    nets = divide_net(taxes, net=order.total - order.tax_total - order.included_tax_total)
    pairs = [(tax, net, tax.amount) for tax, net in zip(taxes, nets, strict=False)]
    if part is not None and order.total:
        pairs = [(tax, *_take_part(net, amount, part / order.total)) for tax, net, amount in pairs]
    return [
        (name_tax(tax), format_money(net, order.currency), format_money(amount, order.currency))
        for tax, net, amount in pairs
    ]


def _take_part(net: Decimal, tax: Decimal, share: Decimal) -> tuple[Decimal, Decimal]:
    """Return the share of a net amount and its tax, which together are the share of both."""
    gross, taxed = round_money((net + tax) * share), round_money(tax * share)
    return gross - taxed, taxed


def divide_net(taxes: list[TaxLine], *, net: Decimal) -> list[Decimal]:
    """Return the net amount of each tax, which add up to `net`; [] if a rate isn't known.

    Several taxes on the same goods, as in Canada, don't divide the net amount.
    """
    if not taxes or any(not tax.rate for tax in taxes):
        return []
    parts = [round_money(tax.amount * 100 / tax.rate) for tax in taxes if tax.rate]
    rest = net - sum(parts, Decimal(0))
    # Rounding moves a few cents; more means that something is untaxed, or taxed twice.
    if abs(rest) > max(Decimal("0.10"), net / 100):
        return []
    largest = parts.index(max(parts))
    parts[largest] += rest
    return parts
