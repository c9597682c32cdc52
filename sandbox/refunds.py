"""Giving money back: what could be, what is, and an order's end (3.5)."""

from dataclasses import dataclass, field
from decimal import Decimal

from rest_framework.exceptions import ValidationError

from .catalog import Row
from .models import Line, Order, Refund, Transaction
from .money import ZERO, cents, text, with_tax
from .order_service import move_stock
from .webhook_events import emit
from .write_lock import writing


@dataclass(frozen=True)
class Part:
    """One line, or shipping, with what would be given back for it."""

    excl: Decimal
    incl: Decimal
    line: Line | None = None
    quantity: int = 0
    restock: str = ""


@dataclass(frozen=True)
class Plan:
    """A refund's goods; the money is allotted to transactions apart from it."""

    lines: list[Part] = field(default_factory=list)
    shipping: Part = Part(ZERO, ZERO)

    @property
    def excl(self) -> Decimal:
        return sum((part.excl for part in self.lines), self.shipping.excl)

    @property
    def incl(self) -> Decimal:
        return sum((part.incl for part in self.lines), self.shipping.incl)


def plan_refund(*, order: Order, wanted: Row) -> Plan:
    """Check the goods of a refund; raises ValidationError in the request's shape."""
    lines = {line.pk: line for line in order.lines.all()}
    parts = [_line_part(lines.get(row["line_id"]), row) for row in wanted.get("refund_lines") or []]
    return Plan(lines=parts, shipping=_shipping_part(order, wanted.get("refund_shipping") or {}))


def _line_part(line: Line | None, row: Row) -> Part:
    if line is None:
        raise ValidationError({"refund_lines": [{"line_id": ["The order has no such line."]}]})
    quantity, restock = row["quantity"], row.get("restock_type") or "no_restock"
    if quantity > line.current_quantity:
        raise ValidationError({"refund_lines": [{"quantity": ["More than can be refunded."]}]})
    if restock == "return" and quantity > line.fulfilled:
        raise ValidationError({"refund_lines": [{"restock_type": ["Unfulfilled items need `cancel`."]}]})
    share = Decimal(quantity) / line.quantity
    return Part(
        excl=cents(line.price_excl_tax * share),
        incl=cents(line.price_incl_tax * share),
        line=line,
        quantity=quantity,
        restock=restock,
    )


def refunded_shipping(order: Order) -> Decimal:
    """Shipping without tax that was given back already."""
    rows = (row for refund in order.refunds.all() for row in refund.adjustments)
    return sum(
        (Decimal(row["amount_excl_tax"]) for row in rows if row["type"] == "refund_shipping"),
        ZERO,
    )


def _shipping_part(order: Order, wanted: Row) -> Part:
    left = order.shipping_excl_tax - refunded_shipping(order)
    amount = left if wanted.get("full_refund") else Decimal(wanted.get("amount_excl_tax") or 0)
    if amount > left:
        raise ValidationError({"refund_shipping": {"amount_excl_tax": ["More than can be refunded."]}})
    return Part(excl=cents(amount), incl=with_tax(amount, order.tax_percent))


def charges_of(order: Order) -> list[Transaction]:
    return list(order.transactions.filter(type=Transaction.Type.DEBIT, succeeded=True).order_by("id"))


def allot(*, order: Order, amount: Decimal) -> list[tuple[Transaction, Decimal]]:
    """``amount`` over the order's charges, oldest first, as far as they reach."""
    allotted = []
    for charge in charges_of(order):
        part = min(amount, charge.refundable)
        amount -= part
        allotted.append((charge, part))
    return allotted


def refund(*, order: Order, plan: Plan, amounts: list[Row], note: str = "", restock: bool = True) -> Refund:
    """Give back ``amounts`` (rows of id, amount, is_external). Never more than was paid."""
    with writing():
        order.refresh_from_db()
        if not amounts and not order.is_test:
            raise ValidationError({"transactions": ["This list may not be empty."]})
        now = order.store.now()
        made = Refund.objects.create(
            order=order,
            note=note,
            return_excl_tax=plan.excl,
            return_incl_tax=plan.incl,
            created_at=now,
        )
        moved = [_give_back(order, made, row, place) for place, row in enumerate(amounts)]
        _take_goods_back(order, plan, restock=restock)
        made.lines = [_refund_line(order, part, made.pk) for part in plan.lines]
        made.adjustments = _adjustments(order, plan, sum((row.amount for row in moved), ZERO), made.pk)
        made.save()
        order.payment_status = _status_after_refund(order)
        order.touch("payment_status")
        for row in moved:
            emit(store=order.store, event="transaction.created", subject=row)
        emit(store=order.store, event="order.updated", subject=order)
    return made


def _give_back(order: Order, made: Refund, row: Row, place: int) -> Transaction:
    charge = order.transactions.filter(pk=row["id"], type=Transaction.Type.DEBIT).first()
    problem = None
    if charge is None:
        problem = {"id": ["The order has no such charge."]}
    elif row["amount"] <= 0:
        problem = {"amount": ["Ensure this value is greater than 0."]}
    elif row["amount"] > charge.refundable:
        problem = {"amount": [f"Only {text(charge.refundable)} can be refunded."]}
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


def _take_goods_back(order: Order, plan: Plan, *, restock: bool) -> None:
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
        move_stock(store=order.store, by=back)


def _refund_line(order: Order, part: Part, row_id: int) -> Row:
    amounts = {"amount_excl_tax": text(part.excl), "amount_incl_tax": text(part.incl)}
    return {
        **amounts,
        "id": row_id,
        "line_item_id": part.line.pk if part.line else 0,
        "location_id": 1,
        "quantity": part.quantity,
        "report_values": {"currency": order.currency, **amounts},
        "restock_type": part.restock,
    }


def _adjustments(order: Order, plan: Plan, moved: Decimal, row_id: int) -> list[Row]:
    """Shipping, and what was given back beyond (or short of) the goods."""
    rows = []
    if plan.shipping.incl:
        rows.append(("refund_shipping", plan.shipping.excl, plan.shipping.incl))
    if moved != plan.incl:
        rows.append(("refund_discrepancy", moved - plan.incl, moved - plan.incl))
    return [
        {
            "amount_excl_tax": text(excl),
            "amount_incl_tax": text(incl),
            "id": row_id * 10 + place,
            "report_values": {
                "amount_excl_tax": text(excl),
                "amount_incl_tax": text(incl),
                "currency": order.currency,
            },
            "type": kind,
        }
        for place, (kind, excl, incl) in enumerate(rows)
    ]


def _status_after_refund(order: Order) -> str:
    left = sum((charge.refundable for charge in charges_of(order)), ZERO)
    return "partially_refunded" if left else "refunded"


def cancel(*, order: Order, reason: str, full_refund: bool) -> None:
    """End the order. Its money stays unless ``full_refund``; an authorisation is let go."""
    with writing():
        order.refresh_from_db()
        if order.status == "canceled":
            raise ValidationError({"detail": "Order is already canceled."})
        if any(line.fulfilled for line in order.lines.all()):
            raise ValidationError({"detail": "Order has fulfilled items."})
        order.status = "canceled"
        if order.payment_status in ("authorized", "pending"):
            _void(order)
        order.notes.create(message=f"Canceled: {reason}", date_created=order.store.now())
        order.touch("status", "payment_status")
        if full_refund and order.payment_status in ("paid", "partially_refunded"):
            refund_all(order=order, note=reason)
        else:
            emit(store=order.store, event="order.updated", subject=order)


def refund_all(*, order: Order, note: str) -> Refund:
    """Everything that is left, goods and shipping."""
    rows = [
        {"line_id": line.pk, "quantity": line.current_quantity, "restock_type": "cancel"}
        for line in order.lines.all()
        if line.current_quantity
    ]
    plan = plan_refund(order=order, wanted={"refund_lines": rows, "refund_shipping": {"full_refund": True}})
    amounts = [
        {"id": charge.pk, "amount": charge.refundable} for charge in charges_of(order) if charge.refundable
    ]
    return refund(order=order, plan=plan, amounts=amounts, note=note)


def _void(order: Order) -> None:
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
        emit(store=order.store, event="transaction.created", subject=void)
    order.payment_status = "voided"
