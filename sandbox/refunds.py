"""Giving money back: what could be, what is, and an order's end (3.5)."""

from dataclasses import dataclass, field
from decimal import Decimal

from rest_framework.exceptions import ValidationError

from .catalog import JsonObject
from .models import Order, OrderLine, Refund, Transaction
from .money import ZERO, add_tax, format_decimal, round_to_cents
from .order_service import adjust_catalog_stock
from .webhook_events import emit_event
from .write_lock import exclusive_transaction


@dataclass(frozen=True)
class RefundPart:
    """One line, or shipping, with what would be given back for it."""

    excl_tax: Decimal
    incl_tax: Decimal
    line: OrderLine | None = None
    quantity: int = 0
    restock: str = ""


@dataclass(frozen=True)
class RefundPlan:
    """A refund's goods; the money is allotted to transactions apart from it."""

    lines: list[RefundPart] = field(default_factory=list)
    shipping: RefundPart = RefundPart(ZERO, ZERO)

    @property
    def excl_tax(self) -> Decimal:
        return sum((part.excl_tax for part in self.lines), self.shipping.excl_tax)

    @property
    def incl_tax(self) -> Decimal:
        return sum((part.incl_tax for part in self.lines), self.shipping.incl_tax)


def plan_refund(*, order: Order, payload: JsonObject) -> RefundPlan:
    """Check the goods of a refund; raises ValidationError in the request's shape."""
    lines = {line.pk: line for line in order.lines.all()}
    parts = [_plan_refund_line(lines.get(row["line_id"]), row) for row in payload.get("refund_lines") or []]
    return RefundPlan(
        lines=parts, shipping=_plan_refund_shipping(order, payload.get("refund_shipping") or {})
    )


def _plan_refund_line(line: OrderLine | None, row: JsonObject) -> RefundPart:
    if line is None:
        raise ValidationError({"refund_lines": [{"line_id": ["The order has no such line."]}]})
    quantity, restock = row["quantity"], row.get("restock_type") or "no_restock"
    if quantity > line.current_quantity:
        raise ValidationError({"refund_lines": [{"quantity": ["More than can be refunded."]}]})
    if restock == "return" and quantity > line.fulfilled:
        raise ValidationError({"refund_lines": [{"restock_type": ["Unfulfilled items need `cancel`."]}]})
    share = Decimal(quantity) / line.quantity
    return RefundPart(
        excl_tax=round_to_cents(line.price_excl_tax * share),
        incl_tax=round_to_cents(line.price_incl_tax * share),
        line=line,
        quantity=quantity,
        restock=restock,
    )


def get_refunded_shipping(order: Order) -> Decimal:
    """Shipping without tax that was given back already."""
    rows = (row for refund in order.refunds.all() for row in refund.adjustments)
    return sum(
        (Decimal(row["amount_excl_tax"]) for row in rows if row["type"] == "refund_shipping"),
        ZERO,
    )


def _plan_refund_shipping(order: Order, payload: JsonObject) -> RefundPart:
    left = order.shipping_excl_tax - get_refunded_shipping(order)
    amount = left if payload.get("full_refund") else Decimal(payload.get("amount_excl_tax") or 0)
    if amount > left:
        raise ValidationError({"refund_shipping": {"amount_excl_tax": ["More than can be refunded."]}})
    return RefundPart(excl_tax=round_to_cents(amount), incl_tax=add_tax(amount, order.tax_percent))


def get_order_charges(order: Order) -> list[Transaction]:
    return list(order.transactions.filter(type=Transaction.Type.DEBIT, succeeded=True).order_by("id"))


def allocate_to_charges(*, order: Order, amount: Decimal) -> list[tuple[Transaction, Decimal]]:
    """``amount`` over the order's charges, oldest first, as far as they reach."""
    allotted = []
    for charge in get_order_charges(order):
        part = min(amount, charge.refundable_amount)
        amount -= part
        allotted.append((charge, part))
    return allotted


def create_refund(
    *, order: Order, plan: RefundPlan, amounts: list[JsonObject], note: str = "", restock: bool = True
) -> Refund:
    """Give back ``amounts`` (rows of id, amount, is_external). Never more than was paid."""
    with exclusive_transaction():
        order.refresh_from_db()
        if not amounts and not order.is_test:
            raise ValidationError({"transactions": ["This list may not be empty."]})
        now = order.store.now()
        made = Refund.objects.create(
            order=order,
            note=note,
            return_excl_tax=plan.excl_tax,
            return_incl_tax=plan.incl_tax,
            created_at=now,
        )
        moved = [_create_refund_transaction(order, made, row, place) for place, row in enumerate(amounts)]
        _restock_refunded_lines(order, plan, restock=restock)
        made.lines = [_build_refund_line(order, part, made.pk) for part in plan.lines]
        made.adjustments = _build_adjustments(order, plan, sum((row.amount for row in moved), ZERO), made.pk)
        made.save()
        order.payment_status = _get_status_after_refund(order)
        order.touch("payment_status")
        for row in moved:
            emit_event(store=order.store, event="transaction.created", subject=row)
        emit_event(store=order.store, event="order.updated", subject=order)
    return made


def _create_refund_transaction(order: Order, made: Refund, row: JsonObject, place: int) -> Transaction:
    charge = order.transactions.filter(pk=row["id"], type=Transaction.Type.DEBIT).first()
    problem = None
    if charge is None:
        problem = {"id": ["The order has no such charge."]}
    elif row["amount"] <= 0:
        problem = {"amount": ["Ensure this value is greater than 0."]}
    elif row["amount"] > charge.refundable_amount:
        problem = {"amount": [f"Only {format_decimal(charge.refundable_amount)} can be refunded."]}
    if charge is None or problem:
        raise ValidationError({"transactions": [*[{}] * place, problem]})
    return Transaction.objects.create(
        store=order.store,
        order=order,
        refund=made,
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


def _restock_refunded_lines(order: Order, plan: RefundPlan, *, restock: bool) -> None:
    back: dict[int, int] = {}
    for part in plan.lines:
        line = part.line
        if line is None:
            continue
        line.refunded += part.quantity
        line.updated_at = order.store.now()
        line.save(update_fields=["refunded", "updated_at"])
        if part.restock in ("cancel", "return"):
            back[line.variant_id] = back.get(line.variant_id, 0) + part.quantity
    if back and restock and not order.is_test:
        adjust_catalog_stock(store=order.store, by=back)


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


def _build_adjustments(order: Order, plan: RefundPlan, moved: Decimal, row_id: int) -> list[JsonObject]:
    """Shipping, and what was given back beyond (or short of) the goods."""
    rows = []
    if plan.shipping.incl_tax:
        rows.append(("refund_shipping", plan.shipping.excl_tax, plan.shipping.incl_tax))
    if moved != plan.incl_tax:
        rows.append(("refund_discrepancy", moved - plan.incl_tax, moved - plan.incl_tax))
    return [
        {
            "amount_excl_tax": format_decimal(excl_tax),
            "amount_incl_tax": format_decimal(incl_tax),
            "id": row_id * 10 + place,
            "report_values": {
                "amount_excl_tax": format_decimal(excl_tax),
                "amount_incl_tax": format_decimal(incl_tax),
                "currency": order.currency,
            },
            "type": kind,
        }
        for place, (kind, excl_tax, incl_tax) in enumerate(rows)
    ]


def _get_status_after_refund(order: Order) -> str:
    left = sum((charge.refundable_amount for charge in get_order_charges(order)), ZERO)
    return "partially_refunded" if left else "refunded"


def cancel_unfulfilled_order(*, order: Order, reason: str, full_refund: bool) -> None:
    """End the order. Its money stays unless ``full_refund``; an authorisation is let go."""
    with exclusive_transaction():
        order.refresh_from_db()
        if order.status == "canceled":
            raise ValidationError({"detail": "Order is already canceled."})
        if any(line.fulfilled for line in order.lines.all()):
            raise ValidationError({"detail": "Order has fulfilled items."})
        order.status = "canceled"
        if order.payment_status in ("authorized", "pending"):
            _void_authorizations(order)
        order.notes.create(message=f"Canceled: {reason}", date_created=order.store.now())
        order.touch("status", "payment_status")
        if full_refund and order.payment_status in ("paid", "partially_refunded"):
            refund_remaining(order=order, note=reason)
        else:
            emit_event(store=order.store, event="order.updated", subject=order)


def refund_remaining(*, order: Order, note: str) -> Refund:
    """Everything that is left, goods and shipping."""
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
    for held in order.transactions.filter(type=Transaction.Type.AUTHORIZE, succeeded=True):
        void = Transaction.objects.create(
            store=order.store,
            order=order,
            parent=held,
            type=Transaction.Type.VOID,
            succeeded=True,
            amount=held.amount,
            currency=order.currency,
            payment_method=order.payment_method,
            gateway=held.gateway,
            date_created=order.store.now(),
        )
        emit_event(store=order.store, event="transaction.created", subject=void)
    order.payment_status = "voided"
