"""Refunds by staff: NEXT calculates the amount first, then refunds exactly that, once.

The Admin API has no idempotency keys. So a refund is saved before it is requested, one at a time for each
order, and after an unclear response NEXT's sum of refunds decides whether it was made (S23).
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextOrder, NextRefundQuote
from orders.models import Order, OrderEvent, OrderItem, RefundRequest
from orders.order_log import log_order_event
from orders.sync import sync_order_as_staff
from stores.errors import Conflict, Problem
from stores.money import is_payable, round_money
from stores.next_client import open_next_client

STAFF = OrderEvent.Source.STAFF
# Only after this long without a refund in NEXT does a lost response count as a rejection.
ANSWER_LOST_AFTER = datetime.timedelta(seconds=60)


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
        for part, restock in ((canceled, "cancel"), (quantity - canceled, "return")):
            if part:
                rows.append({"line_id": line_id, "quantity": part, "restock_type": restock})
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
    """Refund the calculated amount if NEXT still confirms it, then mirror the order.

    `expected` and `refunded_before` are the amounts staff saw when they confirmed, so that confirming twice
    refunds once. Raises Conflict if another refund is pending, its outcome is unknown, or one of the two
    amounts has changed; Problem if NEXT rejects it. After an unclear response the request stays pending.
    """
    check_before_moving_money(order=order, actor=actor)
    refund_quote = fetch_refund_quote(order=order, refund_input=refund_input)
    if refund_quote.amount != expected:
        raise Conflict(
            _("NEXT Commerce would now refund %(amount)s. Review the amount and try again.")
            % {"amount": refund_quote.amount}
        )
    request = _open_refund_request(
        order=order, amount=refund_quote.amount, refunded_before=refunded_before, actor=actor, note=note
    )
    body = {**refund_quote.body, "note": note, "send_refund_notification": True}
    try:
        open_next_client(order.store).refund_order(_require_next_number(order), body)
    except NextApiError as error:
        if error.is_ambiguous:
            raise Conflict(
                _("NEXT Commerce's response was lost. The refund may have been made. Check in a minute.")
            ) from error
        close_refund_request(request, RefundRequest.State.REFUSED, error.message)
        raise Problem(
            _("NEXT Commerce didn't refund the payment: %(why)s") % {"why": error.message}
        ) from error
    log_order_event(
        order=order,
        kind=OrderEvent.Kind.REFUND_REQUESTED,
        text=f"{actor} refunded {refund_quote.amount} {order.currency}. {note}".strip(),
        source=STAFF,
        actor=actor,
    )
    # Close the request only when the order shows the refund: until then its amounts are out of date.
    sync_order_as_staff(order=order, actor=actor)
    close_refund_request(request, RefundRequest.State.DONE)
    return request


def _open_refund_request(
    *, order: Order, amount: Decimal, refunded_before: Decimal, actor: str, note: str
) -> RefundRequest:
    """Save the refund before it is requested: one at a time, and never more than was paid."""
    try:
        with transaction.atomic():
            locked = Order.objects.select_for_update().get(pk=order.pk)
            if locked.refunded_amount != refunded_before:
                raise Conflict(
                    _("%(amount)s of this order has already been refunded. Review the order and try again.")
                    % {"amount": locked.refunded_amount}
                )
            if locked.verification_refund_due_at:
                raise Conflict(_("The verification amount is refunded first. Try again in a minute."))
            if amount > locked.total - locked.refunded_amount:
                raise Conflict(_("This refund is more than what is left. Review the order and try again."))
            return RefundRequest.objects.create(
                order=locked,
                amount=amount,
                refunded_before=refunded_before,
                actor=actor[:150],
                note=note[:300],
            )
    except IntegrityError as error:
        raise Conflict(_("Another refund of this order is in progress.")) from error


def close_refund_request(request: RefundRequest, state: str, message: str = "") -> None:
    """Write down how a refund ended."""
    request.state, request.message = state, message[:300]
    request.save(update_fields=["state", "message"])


def check_before_moving_money(*, order: Order, actor: str) -> None:
    """Bring the order in line with NEXT before asking NEXT to refund or cancel it.

    So nothing is requested of another store's order of the same number, and a refund without a response is
    known to have been made or not. Raises Conflict if NEXT can't be asked, answers about another order, or
    it is too early to tell.
    """
    sync_order_as_staff(order=order, actor=actor)
    order.refresh_from_db()
    request = RefundRequest.objects.filter(order=order, state=RefundRequest.State.PENDING).first()
    if request is not None and not try_close_unclear_refund(request=request, order=order):
        raise Conflict(_("A refund of this order is in progress. Try again in a minute."))


def try_close_unclear_refund(*, request: RefundRequest, order: Order) -> bool:
    """Close a refund without a response by what the mirrored order shows; return False if it is too early."""
    if order.refunded_amount >= request.refunded_before + request.amount:
        close_refund_request(request, RefundRequest.State.DONE)
    elif request.created_at < timezone.now() - ANSWER_LOST_AFTER:
        close_refund_request(request, RefundRequest.State.REFUSED, "NEXT Commerce has no record of it.")
    else:
        return False
    return True


def require_paid_order(order: Order) -> None:
    """Raise Conflict unless the order was paid."""
    if not order.is_paid:
        raise Conflict(_("This order hasn't been paid."))


def _require_next_number(order: Order) -> str:
    if not order.next_order_number:
        raise Conflict(_("This order isn't in NEXT Commerce."))
    return order.next_order_number
