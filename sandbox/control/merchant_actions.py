"""Order edits that a merchant would make in the NEXT dashboard."""

from decimal import Decimal

from rest_framework.exceptions import ValidationError

from sandbox import refunds
from sandbox.catalog import JsonObject
from sandbox.fulfillments import create_fulfillment, update_delivery_status
from sandbox.models import Order, exclusive_transaction
from sandbox.money import ZERO
from sandbox.order_service import add_order_lines, settle_pending_order, update_order
from sandbox.quote import quote_added_lines
from sandbox.webhook_events import schedule_webhook_deliveries

DIRECT_FIELDS = ("status", "payment_status", "fulfillment_status", "tags", "shipping_address")


def apply_merchant_edits(*, order: Order, payload: JsonObject) -> None:
    """Apply every edit in ``payload`` (keys of OrderEditSerializer), or none of them."""
    with exclusive_transaction():
        if "add_line" in payload:
            _add_unpaid_line(order, payload["add_line"])
        if "remove_line" in payload:
            _remove_order_line(order, **payload["remove_line"])
        if "refund" in payload:
            _refund_amount(order, **payload["refund"])
        if "cancel" in payload:
            refunds.cancel_unfulfilled_order(order=order, **payload["cancel"])
        if "fulfil" in payload:
            create_fulfillment(order=order, payload=payload["fulfil"])
        _follow_bank_and_carrier(order, payload)
        fields = {key: payload[key] for key in DIRECT_FIELDS if key in payload}
        if fields:
            order.refresh_from_db()
            update_order(order=order, payload=fields)


def _follow_bank_and_carrier(order: Order, payload: JsonObject) -> None:
    if payload.get("settle"):
        settle_pending_order(order=order)
    if "delivery_status" in payload:
        _set_delivery_status(order, payload["delivery_status"])


def _add_unpaid_line(order: Order, line: JsonObject) -> None:
    """Add a line without charging for it, which leaves an amount outstanding."""
    store = order.store
    add_order_lines(order=order, lines=quote_added_lines(order=order, lines=[line]))
    if order.payment_status == Order.PaymentStatus.PAID:
        order.payment_status = Order.PaymentStatus.PARTIALLY_PAID
    order.touch("payment_status")
    schedule_webhook_deliveries(store=store, event="order.updated", subject=order)


def _remove_order_line(order: Order, line_id: int, quantity: int) -> None:
    line = order.lines.filter(pk=line_id).first()
    if line is None or quantity > line.unfulfilled_quantity:
        raise ValidationError({"remove_line": ["Exceeds the quantity that can be removed."]})
    line.removed += quantity
    line.save(update_fields=["removed"])
    order.touch()
    schedule_webhook_deliveries(store=order.store, event="order.updated", subject=order)


def _refund_amount(order: Order, *, is_external: bool, amount: Decimal | None = None) -> None:
    left = sum((charge.refundable_amount for charge in refunds.get_order_charges(order)), ZERO)
    allocations = refunds.allocate_to_charges(order=order, amount=left if amount is None else amount)
    rows: list[JsonObject] = [
        {"id": charge.pk, "amount": part, "is_external": is_external} for charge, part in allocations if part
    ]
    if amount is not None and sum((row["amount"] for row in rows), ZERO) != amount:
        raise ValidationError({"refund": ["Exceeds the amount left to refund."]})
    refunds.create_refund(order=order, plan=refunds.RefundPlan(), amounts=rows, note="Dashboard")


def _set_delivery_status(order: Order, delivery_status: str) -> None:
    fulfillment = order.fulfillments.last()
    if fulfillment is None:
        raise ValidationError({"delivery_status": ["The order has no fulfillment yet."]})
    update_delivery_status(fulfillment=fulfillment, delivery_status=delivery_status)
