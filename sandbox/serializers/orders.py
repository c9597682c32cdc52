"""Orders: in full, as rows of a list, and their lines and totals."""

from decimal import Decimal

from sandbox.catalog import JsonObject
from sandbox.models import Order, OrderLine, Transaction
from sandbox.money import ZERO, format_decimal

from .common import (
    build_sandbox_url,
    format_store_datetime,
    serialize_order_address,
    serialize_order_attribution,
)
from .discounts import serialize_offer_discounts, serialize_voucher_discounts
from .fulfillments import serialize_order_fulfillment
from .order_lines import compute_current_amounts, get_current_tax_lines, serialize_order_line
from .payments import serialize_order_refund, serialize_order_transaction
from .tax_lines import serialize_order_tax_lines, serialize_tax_lines

PAID_TYPES = (Transaction.Type.DEBIT, Transaction.Type.AUTHORIZE)
# Test orders have no transactions, so only their status says that nothing is outstanding.
SETTLED_STATUSES = (
    Order.PaymentStatus.PAID,
    Order.PaymentStatus.AUTHORIZED,
    Order.PaymentStatus.REFUNDED,
    Order.PaymentStatus.PARTIALLY_REFUNDED,
)


def serialize_full_order(order: Order) -> JsonObject:
    """Return the full Order of ``ordersRetrieve``."""
    lines = list(order.lines.all())
    transactions = list(order.transactions.all())
    cycles = list(order.cycles.all())
    return {
        **serialize_order_row(order, lines=lines, transactions=transactions),
        "attribution": serialize_order_attribution(order.attribution, order.store),
        "billing_address": serialize_order_address(order.billing_address, order.pk * 2 + 1),
        "shipping_address": serialize_order_address(order.shipping_address, order.pk * 2),
        "fulfillments": [serialize_order_fulfillment(row) for row in order.fulfillments.all()],
        "lines": [serialize_order_line(line, order) for line in lines],
        "offer_discounts": serialize_offer_discounts(order.discounts),
        "refunds": [serialize_order_refund(row) for row in order.refunds.all()],
        "report_values": {"currency": order.currency, **serialize_order_totals(order, lines)},
        "shipping_tax_lines": serialize_tax_lines(order, order.shipping_tax_lines),
        "subscription_lifecycle": "recurring" if cycles else "non-recurring",
        "subscriptions": [
            {"id": cycle.subscription_id, "billing_cycle": cycle.billing_cycle} for cycle in cycles
        ],
        "supports_post_purchase_upsells": order.supports_upsells,
        "tags": [tag.tag for tag in order.tags.all()],
        "tax_lines": serialize_order_tax_lines(order, _collect_tax_lines(order, lines)),
        "transactions": [serialize_order_transaction(row) for row in transactions],
        "voucher_discounts": serialize_voucher_discounts(order.discounts),
    }


def serialize_order_row(
    order: Order, *, lines: list[OrderLine], transactions: list[Transaction]
) -> JsonObject:
    """Return a slim row of ``ordersList``: no lines, addresses, attribution, transactions or tags."""
    totals = serialize_order_totals(order, lines)
    tax = Decimal(str(totals["total_incl_tax"])) - Decimal(str(totals["total_excl_tax"]))
    titles = [row["title"] for row in (*_collect_tax_lines(order, lines), *order.shipping_tax_lines)]
    return {
        "created_at": format_store_datetime(order.created_at, order.store),
        "currency": order.currency,
        "date_placed": format_store_datetime(order.date_placed, order.store),
        "display_taxes": ", ".join(dict.fromkeys(titles)),
        "fulfillment_status": order.fulfillment_status,
        "is_test": order.is_test,
        "metadata": order.metadata,
        "number": order.number,
        "order_status_url": build_sandbox_url(f"/order-status/{order.secret}/"),
        **totals,
        "payment_status": order.payment_status,
        "shipping_code": order.shipping_code,
        "shipping_method": order.shipping_method,
        "shipping_tax": format_decimal(order.shipping_incl_tax - order.shipping_excl_tax),
        "source": order.source,
        "status": order.status,
        "total_outstanding": format_decimal(compute_outstanding(order, lines, transactions)),
        "total_tax": format_decimal(tax),
        "updated_at": format_store_datetime(order.updated_at, order.store),
        "user": order.user,
    }


def _collect_tax_lines(order: Order, lines: list[OrderLine]) -> list[JsonObject]:
    """Return the tax lines of the order's lines and, if the store lists them there too, of shipping."""
    rows = [row for line in lines for row in get_current_tax_lines(line, order.currency)]
    if order.store.taxes["order_tax_lines_include_shipping"]:
        rows += order.shipping_tax_lines
    return rows


def compute_total_incl_tax(order: Order, lines: list[OrderLine]) -> Decimal:
    """Return the total with tax and shipping, without units that an edit removed."""
    return sum(
        (compute_current_amounts(line, order.currency).incl_tax for line in lines), order.shipping_incl_tax
    )


def serialize_order_totals(order: Order, lines: list[OrderLine]) -> JsonObject:
    current = [compute_current_amounts(line, order.currency) for line in lines]
    original_excl = sum((line.price_excl_tax for line in lines), order.shipping_excl_tax)
    original_incl = sum((line.price_incl_tax for line in lines), order.shipping_incl_tax)
    original_discount = sum((line.total_discount for line in lines), order.shipping_discount)
    return {
        "original_shipping_excl_tax": format_decimal(order.shipping_excl_tax),
        "original_shipping_incl_tax": format_decimal(order.shipping_incl_tax),
        "original_total_discount": format_decimal(original_discount),
        "original_total_excl_tax": format_decimal(original_excl),
        "original_total_incl_tax": format_decimal(original_incl),
        "shipping_excl_tax": format_decimal(order.shipping_excl_tax),
        "shipping_incl_tax": format_decimal(order.shipping_incl_tax),
        "total_cost": "0.00",
        "total_discount": format_decimal(sum((row.discount for row in current), order.shipping_discount)),
        "total_excl_tax": format_decimal(sum((row.excl_tax for row in current), order.shipping_excl_tax)),
        "total_incl_tax": format_decimal(sum((row.incl_tax for row in current), order.shipping_incl_tax)),
    }


def compute_outstanding(order: Order, lines: list[OrderLine], transactions: list[Transaction]) -> Decimal:
    if order.is_test and order.payment_status in SETTLED_STATUSES:
        return ZERO
    paid = sum((row.amount for row in transactions if row.type in PAID_TYPES and row.succeeded), ZERO)
    return max(compute_total_incl_tax(order, lines) - paid, ZERO)
