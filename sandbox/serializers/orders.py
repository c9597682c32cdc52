"""Order, OrderList and OrderLine."""

from decimal import Decimal

from sandbox.catalog import Row
from sandbox.models import Line, Order, Transaction
from sandbox.money import ZERO, text

from .common import address, address_json, attribution_json, picture, when
from .fulfillments import fulfilment_json
from .payments import refund_json, transaction_object

PAID_BY = (Transaction.Type.DEBIT, Transaction.Type.AUTHORIZE)
# Tests settle without a transaction.
SETTLED = ("paid", "authorized", "refunded", "partially_refunded")


def order_json(order: Order) -> Row:
    """The full Order."""
    lines = list(order.lines.all())
    transactions = list(order.transactions.all())
    cycles = list(order.cycles.all())
    return {
        **order_row(order, lines=lines, transactions=transactions),
        "attribution": attribution_json(order.attribution, order.store),
        "billing_address": address_json(order.billing_address, order.pk * 2 + 1),
        "shipping_address": address_json(order.shipping_address, order.pk * 2),
        "fulfillments": [fulfilment_json(row) for row in order.fulfilments.all()],
        "lines": [line_json(line, order) for line in lines],
        "offer_discounts": [],
        "refunds": [refund_json(row) for row in order.refunds.all()],
        "report_values": {"currency": order.currency, **totals_json(order, lines)},
        "shipping_tax_lines": tax_lines(order, order.shipping_incl_tax - order.shipping_excl_tax),
        "subscription_lifecycle": "recurring" if cycles else "non-recurring",
        "subscriptions": [
            {"id": cycle.subscription_id, "billing_cycle": cycle.billing_cycle} for cycle in cycles
        ],
        "supports_post_purchase_upsells": order.supports_upsells,
        "tags": [tag.tag for tag in order.tags.all()],
        "tax_lines": order_tax_lines(order, lines),
        "transactions": [transaction_object(row) for row in transactions],
        "voucher_discounts": [],
    }


def order_row(order: Order, *, lines: list[Line], transactions: list[Transaction]) -> Row:
    """The slim row of ordersList: no lines, addresses, attribution, transactions or tags."""
    totals = totals_json(order, lines)
    tax = Decimal(str(totals["total_incl_tax"])) - Decimal(str(totals["total_excl_tax"]))
    return {
        "created_at": when(order.created_at, order.store),
        "currency": order.currency,
        "date_placed": when(order.date_placed, order.store),
        "display_taxes": text(tax),
        "fulfillment_status": order.fulfillment_status,
        "is_test": order.is_test,
        "metadata": order.metadata,
        "number": order.number,
        "order_status_url": address(f"/order-status/{order.secret}/"),
        **totals,
        "payment_status": order.payment_status,
        "shipping_code": order.shipping_code,
        "shipping_method": order.shipping_method,
        "shipping_tax": text(order.shipping_incl_tax - order.shipping_excl_tax),
        "source": order.source,
        "status": order.status,
        "total_outstanding": text(outstanding(order, lines, transactions)),
        "total_tax": text(tax),
        "updated_at": when(order.updated_at, order.store),
        "user": order.user,
    }


def total_incl_tax(order: Order, lines: list[Line]) -> Decimal:
    """What the order costs now: current quantities and shipping, with tax."""
    return sum((current(line)[1] for line in lines), order.shipping_incl_tax)


def current(line: Line) -> tuple[Decimal, Decimal]:
    """The line's price without and with tax for the quantity that was not removed."""
    if not line.removed or not line.quantity:
        return line.price_excl_tax, line.price_incl_tax
    share = Decimal(line.kept_quantity) / line.quantity
    return line.price_excl_tax * share, line.price_incl_tax * share


def totals_json(order: Order, lines: list[Line]) -> Row:
    excl = sum((current(line)[0] for line in lines), order.shipping_excl_tax)
    original_excl = sum((line.price_excl_tax for line in lines), order.shipping_excl_tax)
    original_incl = sum((line.price_incl_tax for line in lines), order.shipping_incl_tax)
    return {
        "original_shipping_excl_tax": text(order.shipping_excl_tax),
        "original_shipping_incl_tax": text(order.shipping_incl_tax),
        "original_total_discount": "0.00",
        "original_total_excl_tax": text(original_excl),
        "original_total_incl_tax": text(original_incl),
        "shipping_excl_tax": text(order.shipping_excl_tax),
        "shipping_incl_tax": text(order.shipping_incl_tax),
        "total_cost": "0.00",
        "total_discount": "0.00",
        "total_excl_tax": text(excl),
        "total_incl_tax": text(total_incl_tax(order, lines)),
    }


def outstanding(order: Order, lines: list[Line], transactions: list[Transaction]) -> Decimal:
    if order.is_test and order.payment_status in SETTLED:
        return ZERO
    paid = sum((row.amount for row in transactions if row.type in PAID_BY and row.succeeded), ZERO)
    return max(total_incl_tax(order, lines) - paid, ZERO)


def line_json(line: Line, order: Order) -> Row:
    excl, incl = current(line)
    prices = {
        "original_price_excl_tax": text(line.price_excl_tax),
        "original_price_incl_tax": text(line.price_incl_tax),
        "original_total_discount": "0.00",
        "price_excl_tax": text(excl),
        "price_incl_tax": text(incl),
        "total_cost": "0.00",
        "total_discount": "0.00",
        "unit_cost": "0.00",
    }
    left = max(line.current_quantity - line.fulfilled, 0)
    return {
        **prices,
        "created_at": when(line.created_at, order.store),
        "currency": order.currency,
        "current_quantity": line.current_quantity,
        "editable_quantity": left,
        "fulfillable_quantity": left,
        "id": line.pk,
        "is_gift_card": False,
        "is_upsell": line.is_upsell,
        "metadata": line.metadata,
        "product_id": line.product_id,
        "product_image": picture(line.image),
        "product_title": line.product_title,
        "product_url": address(f"/products/{line.product_id}/"),
        "quantity": line.quantity,
        "report_values": {"currency": order.currency, **prices},
        "requires_shipping": line.requires_shipping,
        "sku": line.sku,
        "tax_lines": tax_lines(order, incl - excl),
        "updated_at": when(line.updated_at, order.store),
        "variant_id": line.variant_id,
        "variant_title": line.variant_title,
    }


def tax_lines(order: Order, amount: Decimal) -> list[Row]:
    """One tax by the order's country, or none."""
    if not order.tax_percent:
        return []
    return [
        {
            "amount": text(amount),
            "currency": order.currency,
            "rate": float(order.tax_percent / 100),
            "report_values": {"amount": text(amount), "currency": order.currency},
            "source": "sandbox",
            "tax_id": 1,
            "tax_title": "Tax",
        }
    ]


def order_tax_lines(order: Order, lines: list[Line]) -> list[Row]:
    tax = order.shipping_incl_tax - order.shipping_excl_tax
    tax += sum((current(line)[1] - current(line)[0] for line in lines), ZERO)
    rows = tax_lines(order, tax)
    return [{"id": row.pop("tax_id"), **row} for row in rows]
