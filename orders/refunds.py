"""Refunds by staff: NEXT calculates the amount first, then refunds exactly that, once.

A refund is saved before it is requested, one at a time for each order, and NEXT's sum of refunds decides
whether it was made, whatever NEXT answered (S23, S33; `orders.refund_requests`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextOrder, NextRefundQuote
from nextcommerce.statuses import NextRestockType
from orders.models import Order, OrderEvent, OrderItem, RefundRequest
from orders.refund_reports import report_refund_not_made
from orders.refund_requests import (
    RefundInDoubt,
    end_silent_refund,
    open_refund_request,
    refund_not_made_problem,
    send_refund_request,
)
from orders.sync import SyncResult, sync_order, sync_order_as_staff
from stores.errors import Conflict, Problem
from stores.money import is_payable, round_money
from stores.next_client import open_next_client


@dataclass(frozen=True)
class RefundInput:
    """What staff want to refund: quantities by `OrderItem` id, and whether to refund shipping.

    `amount` is refunded instead of what the lines and the shipping come to. Without lines, it refunds money
    and takes nothing back.
    """

    quantities: Mapping[int, int] = field(default_factory=dict)
    shipping: bool = False
    amount: Decimal | None = None


@dataclass(frozen=True)
class RefundQuote:
    """The amount NEXT would refund, the request for it, and what was refunded before."""

    amount: Decimal
    body: dict[str, Any]
    refunded_before: Decimal


def full_refund_input(order: Order) -> RefundInput:
    """Return the input that refunds everything left of an order."""
    quantities = {item.pk: item.quantity - item.refunded_quantity for item in order.items.all()}
    return RefundInput(quantities=quantities, shipping=True)


def fetch_refund_quote(*, order: Order, refund_input: RefundInput) -> RefundQuote:
    """Ask NEXT what it would refund, without refunding it.

    Raises Problem if nothing is selected or left, no charge can be refunded, or NEXT rejects it; Conflict if
    the order is not paid; NextApiError if NEXT can't be reached.
    """
    require_paid_order(order)
    lines = build_refund_lines(order, refund_input)
    if not lines and not refund_input.shipping and refund_input.amount is None:
        raise Problem(_("Choose what to refund first."))
    refund_body = {"refund_lines": lines, "refund_shipping": {"full_refund": refund_input.shipping}}
    try:
        next_quote = open_next_client(order.store).calculate_refund(_require_next_number(order), refund_body)
    except NextApiError as error:
        if not error.is_refused:
            raise
        # Somebody else refunded it first, here or in NEXT.
        raise Problem(
            _("NEXT Commerce didn't refund the payment: %(why)s") % {"why": error.message}
        ) from error
    left = round_money(order.total - order.refunded_amount)
    amount = _choose_amount(refund_input=refund_input, next_quote=next_quote, left=left, order=order)
    rows = allocate_refund(next_quote.refundable_charges, amount)
    if not rows and not order.is_test:
        raise Problem(_("NEXT Commerce lists no charge to refund. Refund this order in NEXT Commerce."))
    if rows:  # items that were added but never charged cannot be refunded
        amount = sum((Decimal(row["amount"]) for row in rows), Decimal(0))
    return RefundQuote(
        amount=amount, body={**refund_body, "transactions": rows}, refunded_before=order.refunded_amount
    )


def _choose_amount(
    *, refund_input: RefundInput, next_quote: NextRefundQuote, left: Decimal, order: Order
) -> Decimal:
    """Return the amount to refund, at most what is `left`. Raises Problem if it is nothing or too much."""
    if refund_input.amount is None:
        if next_quote.amount <= 0 or left <= 0:
            raise Problem(_("There is nothing left to refund for this selection."))
        return min(round_money(next_quote.amount), left)
    if refund_input.amount <= 0 or not is_payable(refund_input.amount, order.currency):
        raise Problem(_("Enter an amount that can be paid out, such as %(amount)s.") % {"amount": left})
    if refund_input.amount > left:
        raise Problem(_("Only %(amount)s can still be refunded.") % {"amount": left})
    return refund_input.amount


def build_refund_lines(order: Order, refund_input: RefundInput) -> list[dict[str, Any]]:
    """Return the NEXT lines to refund: unshipped units are canceled, the rest returned."""
    quantities = refund_quantities_by_line(order, refund_input)
    # If nothing has shipped, all of it is unshipped: no need to ask NEXT.
    unshipped: Mapping[int | None, int] = quantities
    if quantities and order.has_shipped:
        unshipped = unshipped_quantities(sync_order_as_staff(order=order).next_order)
    return split_refund_lines(quantities=quantities, unshipped=unshipped)


def split_refund_lines(
    *, quantities: Mapping[int | None, int], unshipped: Mapping[int | None, int]
) -> list[dict[str, Any]]:
    """Split each line's quantity into refund rows: unshipped units are canceled, the rest returned."""
    rows = []
    for line_id, quantity in quantities.items():
        canceled = min(quantity, unshipped.get(line_id, 0))
        for part, restock in (
            (canceled, NextRestockType.CANCEL),
            (quantity - canceled, NextRestockType.RETURN),
        ):
            if part:
                rows.append({"line_id": line_id, "quantity": part, "restock_type": str(restock)})
    return rows


def refund_quantities_by_line(order: Order, refund_input: RefundInput) -> dict[int | None, int]:
    """Return the quantities to refund by NEXT line id. Raises Problem if fewer are left."""
    items: dict[int, OrderItem] = {item.pk: item for item in order.items.all()}
    quantities: dict[int | None, int] = {}
    for item_id, quantity in refund_input.quantities.items():
        item = items.get(item_id)
        if quantity <= 0 or item is None or item.next_line_id is None:
            continue
        left = item.quantity - item.refunded_quantity
        if quantity > left:
            raise Problem(
                _("Only %(left)d × %(name)s can still be refunded.") % {"left": left, "name": item.name}
            )
        quantities[item.next_line_id] = quantity
    return quantities


def unshipped_quantities(next_order: NextOrder) -> dict[int | None, int]:
    """Return the unshipped quantity of each NEXT line, by line id."""
    if not next_order.has_shipped:
        return {line.id: line.current_quantity for line in next_order.lines}
    return {line.id: line.fulfillable_quantity for line in next_order.lines}


def allocate_refund(refundable_charges: Mapping[int, Decimal], amount: Decimal) -> list[dict[str, Any]]:
    """Spread the amount over the charges that can be refunded. A test order may have none."""
    rows = []
    for charge_id, refundable in refundable_charges.items():
        share = min(amount, refundable)
        if share > 0:
            rows.append({"id": charge_id, "amount": str(round_money(share))})
            amount -= share
    return rows


def issue_refund(
    *,
    order: Order,
    refund_input: RefundInput,
    expected: Decimal,
    refunded_before: Decimal,
    actor: str,
    note: str = "",
) -> RefundRequest:
    """Refund the calculated amount if NEXT still confirms it. Return the refund that NEXT's record shows.

    `expected` and `refunded_before` are the amounts staff saw when they confirmed, so that confirming twice
    refunds once. Raises Conflict if another refund is in doubt or one of the two amounts has changed,
    RefundInDoubt if NEXT's record doesn't show the refund yet, and Problem if it was never sent.
    """
    check_before_moving_money(order=order, actor=actor)
    refund_quote = fetch_refund_quote(order=order, refund_input=refund_input)
    if refund_quote.amount != expected:
        raise Conflict(
            _("NEXT Commerce would now refund %(amount)s. Review the amount and try again.")
            % {"amount": refund_quote.amount}
        )
    request = _open_staff_refund(
        order=order, amount=refund_quote.amount, refunded_before=refunded_before, actor=actor, note=note
    )
    number, body = _require_next_number(order), {**refund_quote.body, "note": request.note}
    api = open_next_client(order.store)
    return send_and_check(
        order=order,
        request=request,
        call=lambda: api.refund_order(number, {**body, "send_refund_notification": True}),
    )


def send_and_check(*, order: Order, request: RefundRequest, call: Callable[[], object]) -> RefundRequest:
    """Make the call, then check what NEXT did. Return the request once NEXT's record shows it.

    Raises RefundInDoubt if it doesn't yet, and Problem if the call was never sent.
    """
    try:
        send_refund_request(request, call)
    except NextApiError as error:
        raise refund_not_made_problem(request) from error
    try:
        sync_order_as_staff(order=order, actor=request.actor)
    except Conflict as conflict:
        raise RefundInDoubt(request) from conflict
    request.refresh_from_db()
    if request.is_in_doubt:
        raise RefundInDoubt(request)
    return request


def _open_staff_refund(
    *, order: Order, amount: Decimal, refunded_before: Decimal, actor: str, note: str
) -> RefundRequest:
    """Save the refund before it is requested: one at a time, and never more than was paid."""
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if locked.refunded_amount != refunded_before:
            raise Conflict(
                _("%(amount)s of this order has already been refunded. Review the order and try again.")
                % {"amount": locked.refunded_amount}
            )
        if locked.verification_refund_due_at:
            raise Conflict(_("The verification amount is refunded first. Try again in a minute."))
        if amount > locked.total - locked.refunded_amount:
            raise Conflict(_("This refund is more than what is left. Review the order and try again."))
        return open_refund_request(
            order=locked, amount=amount, refunded_before=refunded_before, actor=actor, note=note
        )


def check_before_moving_money(*, order: Order, actor: str) -> SyncResult:
    """Bring the order in line with NEXT before asking NEXT to refund or cancel it.

    So nothing is requested of another store's order of the same number, and a refund in doubt is known to
    have been made or not. Raises Conflict if NEXT can't be asked, answers about another order, or it is too
    early to tell.
    """
    result = sync_order_as_staff(order=order, actor=actor)
    order.refresh_from_db()
    request = order.refund_requests.filter(state=RefundRequest.State.PENDING, payment_intent_id="").first()
    if request is not None and not end_silent_refund(request):
        raise RefundInDoubt(request)
    return result


def check_refund_request(request: RefundRequest) -> str:
    """Check whether NEXT made a refund that is in doubt. Return its state.

    For the reconciler, which has claimed the row. Raises what `sync_order` raises.
    """
    if not request.is_in_doubt:
        RefundRequest.objects.filter(pk=request.pk).update(next_check_at=None)
        return request.state
    sync_order(order=request.order, source=OrderEvent.Source.RECONCILER, background=True)
    request.refresh_from_db()
    if request.is_in_doubt and end_silent_refund(request):
        report_refund_not_made(request)
    return request.state


def require_paid_order(order: Order) -> None:
    """Raise Conflict unless the order was paid."""
    if not order.is_paid:
        raise Conflict(_("This order hasn't been paid."))


def _require_next_number(order: Order) -> str:
    if not order.next_order_number:
        raise Conflict(_("This order isn't in NEXT Commerce."))
    return order.next_order_number
