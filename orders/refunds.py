"""Refunds by staff: what the store would give back is asked first, then that is refunded, once.

The admin API knows no idempotency key, so that a refund is written down before it is asked for, one at a
time for an order; after an unclear answer the store's own sum of refunds decides (S23).
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
from nextcommerce.order_schemas import NextOrder
from nextcommerce.parsing import iter_objects, parse_integer
from nextcommerce.parsing import parse_amount as read_amount
from orders.mirror import mirror_order
from orders.models import Order, OrderEvent, OrderItem, RefundRequest
from orders.order_log import log_order_event
from stores.errors import Conflict, Problem
from stores.money import round_money
from stores.next_client import open_next_client

STAFF = OrderEvent.Source.STAFF
# A lost answer is believed to be a no only when the store has had this long to do it.
ANSWER_LOST_AFTER = datetime.timedelta(seconds=60)


@dataclass(frozen=True)
class RefundInput:
    """What staff want to give back: quantities by our item's id, and the shipping."""

    quantities: Mapping[int, int] = field(default_factory=dict)
    shipping: bool = False


@dataclass(frozen=True)
class RefundQuote:
    """What the store would give back for it, and by which of its transactions."""

    amount: Decimal
    body: dict[str, Any]
    refunded_before: Decimal


def full_refund_input(order: Order) -> RefundInput:
    """All that is left of an order."""
    left = {item.pk: item.quantity - item.refunded_quantity for item in order.items.all()}
    return RefundInput(quantities=left, shipping=True)


def calculate_refund(*, order: Order, refund_input: RefundInput) -> RefundQuote:
    """Ask the store what would be refunded; nothing happens yet.

    Errors: Problem where nothing is chosen or left, or the store refuses; Conflict where the order is not
    paid; AdminApiError where the store cannot be asked.
    """
    require_paid_order(order)
    lines = build_refund_lines(order, refund_input)
    if not lines and not refund_input.shipping:
        raise Problem(_("Choose what to refund first."))
    refund_body = {"refund_lines": lines, "refund_shipping": {"full_refund": refund_input.shipping}}
    try:
        answer = open_next_client(order.store).calculate_refund(_require_next_number(order), refund_body)
    except NextApiError as error:
        if not error.is_refused:
            raise
        # Somebody was quicker, here or in the store.
        raise Problem(_("The store did not refund: %(why)s") % {"why": error.message}) from error
    total = read_amount(answer.get("amount_incl_tax")) or Decimal(0)
    left = round_money(order.total - order.refunded_amount)
    if total <= 0 or left <= 0:
        raise Problem(_("There is nothing left to refund of this."))
    amount = min(round_money(total), left)
    rows = allocate_refund(answer, amount)
    if rows:  # what was added to the order and not charged cannot be given back
        amount = sum((Decimal(row["amount"]) for row in rows), Decimal(0))
    return RefundQuote(
        amount=amount, body={**refund_body, "transactions": rows}, refunded_before=order.refunded_amount
    )


def build_refund_lines(order: Order, refund_input: RefundInput) -> list[dict[str, Any]]:
    """Return the store's lines to refund: what has not been sent yet is canceled, the rest returned (3.5)."""
    quantities = refund_quantities_by_line(order, refund_input)
    # Where nothing was sent, the store need not be asked what was.
    unshipped = fetch_unshipped_quantities(order) if quantities and order.has_shipped else quantities
    return split_refund_lines(quantities=quantities, unshipped=unshipped)


def split_refund_lines(
    *, quantities: Mapping[int | None, int], unshipped: Mapping[int | None, int]
) -> list[dict[str, Any]]:
    """Return the rows that take so many of each line back: what is unshipped is canceled, the rest returned."""
    rows = []
    for line_id, quantity in quantities.items():
        canceled = min(quantity, unshipped.get(line_id, 0))
        for part, restock in ((canceled, "cancel"), (quantity - canceled, "return")):
            if part:
                rows.append({"line_id": line_id, "quantity": part, "restock_type": restock})
    return rows


def refund_quantities_by_line(order: Order, refund_input: RefundInput) -> dict[int | None, int]:
    """Return what is wanted by the store's line. Errors: Problem where so much is not left."""
    items: dict[int, OrderItem] = {item.pk: item for item in order.items.all()}
    quantities: dict[int | None, int] = {}
    for item_id, quantity in refund_input.quantities.items():
        item = items.get(item_id)
        if quantity <= 0 or item is None or item.next_line_id is None:
            continue
        left = item.quantity - item.refunded_quantity
        if quantity > left:
            raise Problem(
                _("Only %(left)d of %(name)s can still be refunded.") % {"left": left, "name": item.name}
            )
        quantities[item.next_line_id] = quantity
    return quantities


def fetch_unshipped_quantities(order: Order) -> dict[int | None, int]:
    """Ask the store how many of each line are still to be sent. Errors: AdminApiError."""
    return unshipped_quantities(open_next_client(order.store).retrieve_order(_require_next_number(order)))


def unshipped_quantities(next_order: NextOrder) -> dict[int | None, int]:
    """Return how many of each line are still to be sent, by the line's id."""
    if not next_order.has_shipped:
        return {line.id: line.current_quantity for line in next_order.lines}
    return {line.id: parse_integer(line.raw.get("fulfillable_quantity")) or 0 for line in next_order.lines}


def allocate_refund(answer: Mapping[str, Any], amount: Decimal) -> list[dict[str, Any]]:
    """Spread the amount over the charges that can give it back; a test order has none."""
    rows = []
    for charge in iter_objects(answer.get("transactions")):
        part = min(amount, read_amount(charge.get("refundable_amount")) or Decimal(0))
        if part > 0 and parse_integer(charge.get("id")) is not None:
            rows.append({"id": charge["id"], "amount": str(round_money(part))})
            amount -= part
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
    """Refund what was calculated, if the store still says the same amount; then mirror the order.

    `expected` and `refunded_before` are what the person saw who said yes, so that a yes said twice counts
    once. Errors: Conflict where another refund runs or its outcome is unknown, or one of the two has
    changed; Problem where the store refuses. After an unclear answer the request stays `pending`.
    """
    resolve_unclear_refund(order=order)
    order.refresh_from_db()
    refund_quote = calculate_refund(order=order, refund_input=refund_input)
    if refund_quote.amount != expected:
        raise Conflict(
            _("The store would refund %(amount)s now. Please look at it again.")
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
                _("The store's answer was lost. The refund may have been made: check again in a minute.")
            ) from error
        close_refund_request(request, RefundRequest.State.REFUSED, error.message)
        raise Problem(_("The store did not refund: %(why)s") % {"why": error.message}) from error
    log_order_event(
        order=order,
        kind="refund_requested",
        text=f"{actor} refunded {refund_quote.amount} {order.currency}. {note}".strip(),
        source=STAFF,
        actor=actor,
    )
    # Not done before the order shows it: until then nobody else may take its sums for the last word.
    sync_order_as_staff(order=order, actor=actor)
    close_refund_request(request, RefundRequest.State.DONE)
    return request


def _open_refund_request(
    *, order: Order, amount: Decimal, refunded_before: Decimal, actor: str, note: str
) -> RefundRequest:
    """Write the refund down before it is asked for; one at a time, and never more than was paid."""
    try:
        with transaction.atomic():
            locked = Order.objects.select_for_update().get(pk=order.pk)
            if locked.refunded_amount != refunded_before:
                raise Conflict(
                    _("%(amount)s of this order has been refunded already. Please look at it again.")
                    % {"amount": locked.refunded_amount}
                )
            if locked.verification_refund_due_at:
                raise Conflict(
                    _("The verification amount is given back first. Please try again in a minute.")
                )
            if amount > locked.total - locked.refunded_amount:
                raise Conflict(_("More than is left would be refunded. Please look at the order again."))
            return RefundRequest.objects.create(
                order=locked,
                amount=amount,
                refunded_before=refunded_before,
                actor=actor[:150],
                note=note[:300],
            )
    except IntegrityError as error:
        raise Conflict(_("Another refund of this order is being made at this moment.")) from error


def close_refund_request(request: RefundRequest, state: str, message: str = "") -> None:
    """Write down how a refund ended."""
    request.state, request.message = state, message[:300]
    request.save(update_fields=["state", "message"])


def resolve_unclear_refund(*, order: Order) -> None:
    """Learn from the store how a refund without an answer ended.

    Errors: Conflict while it is too early to tell, or the store cannot be asked.
    """
    request = RefundRequest.objects.filter(order=order, state=RefundRequest.State.PENDING).first()
    if request is None:
        return
    sync_order_as_staff(order=order, actor=request.actor)
    order.refresh_from_db()
    if not try_close_unclear_refund(request=request, order=order):
        raise Conflict(_("A refund of this order is under way. Please try again in a minute."))


def try_close_unclear_refund(*, request: RefundRequest, order: Order) -> bool:
    """Close a refund without an answer by what the mirrored order says; False while it is too early."""
    if order.refunded_amount >= request.refunded_before + request.amount:
        close_refund_request(request, RefundRequest.State.DONE)
    elif request.created_at < timezone.now() - ANSWER_LOST_AFTER:
        close_refund_request(request, RefundRequest.State.REFUSED, "The store knows nothing of it.")
    else:
        return False
    return True


def sync_order_as_staff(*, order: Order, actor: str = "") -> NextOrder:
    """Ask the store for its order and mirror it. Errors: Conflict where it cannot be asked or has none."""
    try:
        next_order = open_next_client(order.store).retrieve_order(_require_next_number(order))
    except NextApiError as error:
        raise Conflict(_("The store could not be asked: %(why)s") % {"why": error.message}) from error
    with transaction.atomic():
        locked = Order.objects.select_for_update(of=("self",)).select_related("store").get(pk=order.pk)
        mirror_order(order=locked, next_order=next_order, source=STAFF, actor=actor)
    return next_order


def require_paid_order(order: Order) -> None:
    """Refuse what only a paid order can have done. Errors: Conflict."""
    if not order.is_paid:
        raise Conflict(_("This order was not paid."))


def _require_next_number(order: Order) -> str:
    if not order.next_order_number:
        raise Conflict(_("The store has no order for this one."))
    return order.next_order_number
