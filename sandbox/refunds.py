"""Refunds: planning and making them, and canceling an order."""

from dataclasses import dataclass, field
from decimal import Decimal

from rest_framework.exceptions import ValidationError

from .catalog import JsonObject
from .models import Order, OrderLine, Refund, Transaction, exclusive_transaction
from .money import ZERO, format_decimal, round_money, take_share
from .order_service import adjust_catalog_stock
from .webhook_events import schedule_webhook_deliveries

REFUNDABLE_STATUSES = (Order.PaymentStatus.PAID, Order.PaymentStatus.PARTIALLY_REFUNDED)


@dataclass(frozen=True)
class RefundPart:
    """The amounts to refund for one line, or for shipping (without a line)."""

    excl_tax: Decimal
    incl_tax: Decimal
    line: OrderLine | None = None
    quantity: int = 0
    restock: str = ""


@dataclass(frozen=True)
class RefundPlan:
    """The lines and shipping to refund. What each charge pays back is decided separately."""

    lines: list[RefundPart] = field(default_factory=list)
    shipping: RefundPart = RefundPart(ZERO, ZERO)

    @property
    def excl_tax(self) -> Decimal:
        return sum((part.excl_tax for part in self.lines), self.shipping.excl_tax)

    @property
    def incl_tax(self) -> Decimal:
        return sum((part.incl_tax for part in self.lines), self.shipping.incl_tax)


def plan_refund(*, order: Order, payload: JsonObject) -> RefundPlan:
    """Plan a refund of lines and shipping. Raises ValidationError in the shape of the request."""
    lines = {line.pk: line for line in order.lines.all()}
    parts = [
        _plan_refund_line(lines.get(row["line_id"]), row, order.currency)
        for row in payload.get("refund_lines") or []
    ]
    return RefundPlan(
        lines=parts, shipping=_plan_refund_shipping(order, payload.get("refund_shipping") or {})
    )


def _plan_refund_line(line: OrderLine | None, row: JsonObject, currency: str) -> RefundPart:
    if line is None:
        raise ValidationError({"refund_lines": [{"line_id": ["The order has no such line."]}]})
    quantity, restock = row["quantity"], row.get("restock_type") or "no_restock"
    if quantity > line.current_quantity:
        raise ValidationError({"refund_lines": [{"quantity": ["More than can be refunded."]}]})
    if restock == "return" and quantity > line.fulfilled:
        raise ValidationError({"refund_lines": [{"restock_type": ["Unfulfilled items need `cancel`."]}]})
    excl_tax, incl_tax = (
        take_share(
            total,
            before=line.removed + line.refunded,
            units=quantity,
            of=line.quantity,
            currency=currency,
        )
        for total in (line.price_excl_tax, line.price_incl_tax)
    )
    return RefundPart(
        excl_tax=excl_tax,
        incl_tax=incl_tax,
        line=line,
        quantity=quantity,
        restock=restock,
    )


def get_refundable_shipping(order: Order) -> tuple[Decimal, Decimal]:
    """Return the shipping not yet refunded, without tax and with it."""
    rows = [
        row
        for refund in order.refunds.all()
        for row in refund.adjustments
        if row["type"] == "refund_shipping"
    ]
    return (
        order.shipping_excl_tax - sum((Decimal(row["amount_excl_tax"]) for row in rows), ZERO),
        order.shipping_incl_tax - sum((Decimal(row["amount_incl_tax"]) for row in rows), ZERO),
    )


def _plan_refund_shipping(order: Order, payload: JsonObject) -> RefundPart:
    left_excl, left_incl = get_refundable_shipping(order)
    amount = left_excl if payload.get("full_refund") else Decimal(payload.get("amount_excl_tax") or 0)
    if amount > left_excl:
        raise ValidationError({"refund_shipping": {"amount_excl_tax": ["More than can be refunded."]}})
    if amount == left_excl:
        return RefundPart(excl_tax=left_excl, incl_tax=left_incl)
    excl_tax = round_money(amount, order.currency)
    incl_tax = round_money(amount * order.shipping_incl_tax / order.shipping_excl_tax, order.currency)
    return RefundPart(excl_tax=excl_tax, incl_tax=min(incl_tax, left_incl))


def get_order_charges(order: Order) -> list[Transaction]:
    return list(order.transactions.filter(type=Transaction.Type.DEBIT, succeeded=True).order_by("id"))


def allocate_to_charges(*, order: Order, amount: Decimal) -> list[tuple[Transaction, Decimal]]:
    """Spread ``amount`` over the order's charges, oldest first, up to what each can refund."""
    allocations = []
    for charge in get_order_charges(order):
        part = min(amount, charge.refundable_amount)
        amount -= part
        allocations.append((charge, part))
    return allocations


def create_refund(*, order: Order, plan: RefundPlan, amounts: list[JsonObject], note: str = "") -> Refund:
    """Refund ``amounts``: rows of id (of a charge), amount and is_external.

    Raises ValidationError if a charge is unknown or its row exceeds what is left of it.
    """
    with exclusive_transaction():
        order.refresh_from_db()
        if not amounts and not order.is_test:
            raise ValidationError({"transactions": ["This list may not be empty."]})
        now = order.store.now()
        refund = Refund.objects.create(
            order=order,
            note=note,
            return_excl_tax=plan.excl_tax,
            return_incl_tax=plan.incl_tax,
            created_at=now,
        )
        transactions = [
            _create_refund_transaction(order, refund, row, position) for position, row in enumerate(amounts)
        ]
        refunded = sum((row.amount for row in transactions), ZERO)
        _restock_refunded_lines(order, plan)
        refund.lines = [_build_refund_line(order, part, refund.pk) for part in plan.lines]
        refund.adjustments = _build_adjustments(order, plan, refunded, refund.pk)
        refund.save()
        order.payment_status = _get_status_after_refund(order)
        order.touch("payment_status")
        for row in transactions:
            schedule_webhook_deliveries(store=order.store, event="transaction.created", subject=row)
        schedule_webhook_deliveries(store=order.store, event="order.updated", subject=order)
    return refund


def _create_refund_transaction(order: Order, refund: Refund, row: JsonObject, position: int) -> Transaction:
    charge = order.transactions.filter(pk=row["id"], type=Transaction.Type.DEBIT).first()
    error = None
    if charge is None:
        error = {"id": ["The order has no such charge."]}
    elif row["amount"] <= 0:
        error = {"amount": ["Ensure this value is greater than 0."]}
    elif row["amount"] > charge.refundable_amount:
        error = {"amount": [f"Only {format_decimal(charge.refundable_amount)} can be refunded."]}
    if charge is None or error:
        raise ValidationError({"transactions": [*[{}] * position, error]})
    return Transaction.objects.create(
        store=order.store,
        order=order,
        refund=refund,
        parent=charge,
        type=Transaction.Type.REFUND,
        succeeded=True,
        amount=row["amount"],
        currency=order.currency,
        payment_method=order.payment_method,
        gateway=charge.gateway,
        is_external=row.get("is_external", False),
        date_created=order.store.now(),
    )


def _restock_refunded_lines(order: Order, plan: RefundPlan) -> None:
    restocked: dict[int, int] = {}
    for part in plan.lines:
        line = part.line
        if line is None:
            continue
        line.refunded += part.quantity
        line.updated_at = order.store.now()
        line.save(update_fields=["refunded", "updated_at"])
        if part.restock in ("cancel", "return"):
            restocked[line.variant_id] = restocked.get(line.variant_id, 0) + part.quantity
    if restocked and not order.is_test:
        adjust_catalog_stock(store=order.store, by=restocked)


def _build_refund_line(order: Order, part: RefundPart, row_id: int) -> JsonObject:
    amounts = {
        "amount_excl_tax": format_decimal(part.excl_tax),
        "amount_incl_tax": format_decimal(part.incl_tax),
    }
    return {
        **amounts,
        "id": row_id,
        "line_item_id": part.line.pk if part.line else 0,
        "location_id": 1,
        "quantity": part.quantity,
        "report_values": {"currency": order.currency, **amounts},
        "restock_type": part.restock,
    }


def _build_adjustments(order: Order, plan: RefundPlan, refunded: Decimal, row_id: int) -> list[JsonObject]:
    """Return rows for refunded shipping, and for money beyond or short of the planned amount."""
    rows = []
    if plan.shipping.incl_tax:
        rows.append(("refund_shipping", plan.shipping.excl_tax, plan.shipping.incl_tax))
    if refunded != plan.incl_tax:
        rows.append(("refund_discrepancy", refunded - plan.incl_tax, refunded - plan.incl_tax))
    return [
        {
            "amount_excl_tax": format_decimal(excl_tax),
            "amount_incl_tax": format_decimal(incl_tax),
            "id": row_id * 10 + position,
            "report_values": {
                "amount_excl_tax": format_decimal(excl_tax),
                "amount_incl_tax": format_decimal(incl_tax),
                "currency": order.currency,
            },
            "type": kind,
        }
        for position, (kind, excl_tax, incl_tax) in enumerate(rows)
    ]


def _get_status_after_refund(order: Order) -> Order.PaymentStatus:
    left = sum((charge.refundable_amount for charge in get_order_charges(order)), ZERO)
    return Order.PaymentStatus.PARTIALLY_REFUNDED if left else Order.PaymentStatus.REFUNDED


def cancel_unfulfilled_order(*, order: Order, reason: str, full_refund: bool) -> None:
    """Cancel an order and void its authorization. Charges stay unless ``full_refund``.

    Raises ValidationError if it is already canceled or has fulfilled items.
    """
    with exclusive_transaction():
        order.refresh_from_db()
        if order.status == Order.Status.CANCELED:
            raise ValidationError({"detail": "Order is already canceled."})
        if any(line.fulfilled for line in order.lines.all()):
            raise ValidationError({"detail": "Order has fulfilled items."})
        order.status = Order.Status.CANCELED
        if order.payment_status in (Order.PaymentStatus.AUTHORIZED, Order.PaymentStatus.PENDING):
            _void_authorizations(order)
        order.notes.create(message=f"Canceled: {reason}", date_created=order.store.now())
        order.touch("status", "payment_status")
        if full_refund and order.payment_status in REFUNDABLE_STATUSES:
            refund_remaining(order=order, note=reason)
        else:
            schedule_webhook_deliveries(store=order.store, event="order.updated", subject=order)


def refund_remaining(*, order: Order, note: str) -> Refund:
    """Refund everything that is left: lines and shipping."""
    rows = [
        {"line_id": line.pk, "quantity": line.current_quantity, "restock_type": "cancel"}
        for line in order.lines.all()
        if line.current_quantity
    ]
    plan = plan_refund(order=order, payload={"refund_lines": rows, "refund_shipping": {"full_refund": True}})
    amounts = [
        {"id": charge.pk, "amount": charge.refundable_amount}
        for charge in get_order_charges(order)
        if charge.refundable_amount
    ]
    return create_refund(order=order, plan=plan, amounts=amounts, note=note)


def _void_authorizations(order: Order) -> None:
    for authorization in order.transactions.filter(type=Transaction.Type.AUTHORIZE, succeeded=True):
        void = Transaction.objects.create(
            store=order.store,
            order=order,
            parent=authorization,
            type=Transaction.Type.VOID,
            succeeded=True,
            amount=authorization.amount,
            currency=order.currency,
            payment_method=order.payment_method,
            gateway=authorization.gateway,
            date_created=order.store.now(),
        )
        schedule_webhook_deliveries(store=order.store, event="transaction.created", subject=void)
    order.payment_status = Order.PaymentStatus.VOIDED
