"""Orders: in full, as rows of a list, and their lines and totals."""

from decimal import Decimal

from sandbox.catalog import JsonObject
from sandbox.models import Order, OrderLine, Transaction
from sandbox.money import ZERO, format_decimal

from .common import (
    build_image_url,
    build_sandbox_url,
    format_store_datetime,
    serialize_order_address,
    serialize_order_attribution,
)
from .fulfillments import serialize_order_fulfillment
from .payments import serialize_order_refund, serialize_order_transaction

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
        "offer_discounts": [],
        "refunds": [serialize_order_refund(row) for row in order.refunds.all()],
        "report_values": {"currency": order.currency, **serialize_order_totals(order, lines)},
        "shipping_tax_lines": serialize_tax_lines(order, order.shipping_incl_tax - order.shipping_excl_tax),
        "subscription_lifecycle": "recurring" if cycles else "non-recurring",
        "subscriptions": [
            {"id": cycle.subscription_id, "billing_cycle": cycle.billing_cycle} for cycle in cycles
        ],
        "supports_post_purchase_upsells": order.supports_upsells,
        "tags": [tag.tag for tag in order.tags.all()],
        "tax_lines": serialize_order_tax_lines(order, lines),
        "transactions": [serialize_order_transaction(row) for row in transactions],
        "voucher_discounts": [],
    }


def serialize_order_row(
    order: Order, *, lines: list[OrderLine], transactions: list[Transaction]
) -> JsonObject:
    """Return a slim row of ``ordersList``: no lines, addresses, attribution, transactions or tags."""
    totals = serialize_order_totals(order, lines)
    tax = Decimal(str(totals["total_incl_tax"])) - Decimal(str(totals["total_excl_tax"]))
    return {
        "created_at": format_store_datetime(order.created_at, order.store),
        "currency": order.currency,
        "date_placed": format_store_datetime(order.date_placed, order.store),
        "display_taxes": format_decimal(tax),
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


def compute_total_incl_tax(order: Order, lines: list[OrderLine]) -> Decimal:
    """Return the total with tax and shipping, without units that an edit removed."""
    return sum((compute_current_price(line)[1] for line in lines), order.shipping_incl_tax)


def compute_current_price(line: OrderLine) -> tuple[Decimal, Decimal]:
    """Return the line's price (without tax, with tax) for the units that no edit removed."""
    if not line.removed or not line.quantity:
        return line.price_excl_tax, line.price_incl_tax
    share = Decimal(line.kept_quantity) / line.quantity
    return line.price_excl_tax * share, line.price_incl_tax * share


def serialize_order_totals(order: Order, lines: list[OrderLine]) -> JsonObject:
    excl_tax = sum((compute_current_price(line)[0] for line in lines), order.shipping_excl_tax)
    original_excl = sum((line.price_excl_tax for line in lines), order.shipping_excl_tax)
    original_incl = sum((line.price_incl_tax for line in lines), order.shipping_incl_tax)
    return {
        "original_shipping_excl_tax": format_decimal(order.shipping_excl_tax),
        "original_shipping_incl_tax": format_decimal(order.shipping_incl_tax),
        "original_total_discount": "0.00",
        "original_total_excl_tax": format_decimal(original_excl),
        "original_total_incl_tax": format_decimal(original_incl),
        "shipping_excl_tax": format_decimal(order.shipping_excl_tax),
        "shipping_incl_tax": format_decimal(order.shipping_incl_tax),
        "total_cost": "0.00",
        "total_discount": "0.00",
        "total_excl_tax": format_decimal(excl_tax),
        "total_incl_tax": format_decimal(compute_total_incl_tax(order, lines)),
    }


def compute_outstanding(order: Order, lines: list[OrderLine], transactions: list[Transaction]) -> Decimal:
    if order.is_test and order.payment_status in SETTLED_STATUSES:
        return ZERO
    paid = sum((row.amount for row in transactions if row.type in PAID_TYPES and row.succeeded), ZERO)
    return max(compute_total_incl_tax(order, lines) - paid, ZERO)


def serialize_order_line(line: OrderLine, order: Order) -> JsonObject:
    excl_tax, incl_tax = compute_current_price(line)
    prices = {
        "original_price_excl_tax": format_decimal(line.price_excl_tax),
        "original_price_incl_tax": format_decimal(line.price_incl_tax),
        "original_total_discount": "0.00",
        "price_excl_tax": format_decimal(excl_tax),
        "price_incl_tax": format_decimal(incl_tax),
        "total_cost": "0.00",
        "total_discount": "0.00",
        "unit_cost": "0.00",
    }
    return {
        **prices,
        "created_at": format_store_datetime(line.created_at, order.store),
        "currency": order.currency,
        "current_quantity": line.current_quantity,
        "editable_quantity": line.unfulfilled_quantity,
        "fulfillable_quantity": line.unfulfilled_quantity,
        "id": line.pk,
        "is_gift_card": False,
        "is_upsell": line.is_upsell,
        "metadata": line.metadata,
        "product_id": line.product_id,
        "product_image": build_image_url(line.image),
        "product_title": line.product_title,
        "product_url": build_sandbox_url(f"/products/{line.product_id}/"),
        "quantity": line.quantity,
        "report_values": {"currency": order.currency, **prices},
        "requires_shipping": line.requires_shipping,
        "sku": line.sku,
        "tax_lines": serialize_tax_lines(order, incl_tax - excl_tax),
        "updated_at": format_store_datetime(line.updated_at, order.store),
        "variant_id": line.variant_id,
        "variant_title": line.variant_title,
    }


def serialize_tax_lines(order: Order, amount: Decimal) -> list[JsonObject]:
    """Return the tax of the order's country as one line, or no lines without a tax."""
    if not order.tax_percent:
        return []
    return [
        {
            "amount": format_decimal(amount),
            "currency": order.currency,
            "rate": float(order.tax_percent / 100),
            "report_values": {"amount": format_decimal(amount), "currency": order.currency},
            "source": "sandbox",
            "tax_id": 1,
            "tax_title": "Tax",
        }
    ]


def serialize_order_tax_lines(order: Order, lines: list[OrderLine]) -> list[JsonObject]:
    tax = order.shipping_incl_tax - order.shipping_excl_tax
    tax += sum((compute_current_price(line)[1] - compute_current_price(line)[0] for line in lines), ZERO)
    rows = serialize_tax_lines(order, tax)
    return [{"id": row.pop("tax_id"), **row} for row in rows]
