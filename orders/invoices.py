"""An order's invoice: one document for one charge, numbered when the order is paid."""

from itertools import takewhile

from django.utils.translation import gettext as _

from orders.models import Order
from orders.total_rows import RowKind, TotalRow, list_order_rows
from stores.money import format_money


def list_invoice_rows(order: Order) -> list[TotalRow]:
    """Return the rows of the order's total, with the currency and the net amount, then its refunds."""
    rows = list_order_rows(order)
    charged = list(takewhile(lambda row: row.kind not in {RowKind.REFUND, RowKind.NET}, rows))
    refunds = rows[len(charged) :]
    named = [
        TotalRow(row.kind, f"{row.label} ({order.currency})", row.value, row.amount)
        if row.kind == RowKind.TOTAL
        else row
        for row in charged
    ]
    return [*named, *_net_rows(order), *refunds]


def _net_rows(order: Order) -> list[TotalRow]:
    """Return what the total is without tax; nothing for an order without tax."""
    tax = order.tax_total + order.included_tax_total
    if not tax:
        return []
    net = format_money(order.total - tax, order.currency)
    return [TotalRow(RowKind.NOTE, _("Net amount without tax: %(amount)s") % {"amount": net}, "")]
