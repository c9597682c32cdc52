"""What somebody in the store's dashboard does to an order, behind the shop's back."""

from decimal import Decimal

from rest_framework.exceptions import ValidationError

from sandbox import refunds
from sandbox.catalog import Catalogue, Row
from sandbox.fulfillments import deliver, fulfil
from sandbox.models import Order
from sandbox.money import ZERO
from sandbox.order_service import add_lines, update_order
from sandbox.quote import quote_lines
from sandbox.webhook_events import emit
from sandbox.write_lock import writing

FIELDS = ("status", "payment_status", "fulfillment_status", "tags", "shipping_address")


def edit(*, order: Order, wanted: Row) -> None:
    """Do the edits in ``wanted`` (keys of EditSerializer), all or none."""
    with writing():
        if "add_line" in wanted:
            _add_line(order, wanted["add_line"])
        if "remove_line" in wanted:
            _remove_line(order, **wanted["remove_line"])
        if "refund" in wanted:
            _refund(order, **wanted["refund"])
        if "cancel" in wanted:
            refunds.cancel(order=order, **wanted["cancel"])
        if "fulfil" in wanted:
            fulfil(order=order, wanted=wanted["fulfil"])
        if "delivery_status" in wanted:
            _deliver(order, wanted["delivery_status"])
        fields = {key: wanted[key] for key in FIELDS if key in wanted}
        if fields:
            order.refresh_from_db()
            update_order(order=order, wanted=fields)


def _add_line(order: Order, line: Row) -> None:
    """As an edit does: without charging, so that something is outstanding."""
    store = order.store
    lines = quote_lines(
        catalogue=Catalogue(store.catalogue, store.currency),
        lines=[line],
        currency=order.currency,
        tax_percent=order.tax_percent,
    )
    add_lines(order=order, lines=lines)
    if order.payment_status == "paid":
        order.payment_status = "partially_paid"
    order.touch("payment_status")
    emit(store=store, event="order.updated", subject=order)


def _remove_line(order: Order, line_id: int, quantity: int) -> None:
    line = order.lines.filter(pk=line_id).first()
    if line is None or quantity > line.current_quantity - line.fulfilled:
        raise ValidationError({"remove_line": ["More than can be removed."]})
    line.removed += quantity
    line.save(update_fields=["removed"])
    order.touch()
    emit(store=order.store, event="order.updated", subject=order)


def _refund(order: Order, *, is_external: bool, amount: Decimal | None = None) -> None:
    left = sum((charge.refundable for charge in refunds.charges_of(order)), ZERO)
    allotted = refunds.allot(order=order, amount=left if amount is None else amount)
    rows: list[Row] = [
        {"id": charge.pk, "amount": part, "is_external": is_external} for charge, part in allotted if part
    ]
    if amount is not None and sum((row["amount"] for row in rows), ZERO) != amount:
        raise ValidationError({"refund": ["More than was paid."]})
    refunds.refund(order=order, plan=refunds.Plan(), amounts=rows, note="Dashboard")


def _deliver(order: Order, delivery_status: str) -> None:
    fulfilment = order.fulfilments.last()
    if fulfilment is None:
        raise ValidationError({"delivery_status": ["Nothing was sent yet."]})
    deliver(fulfilment=fulfilment, delivery_status=delivery_status)
