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

from nextcommerce.client import AdminApi
from nextcommerce.errors import AdminApiError
from nextcommerce.order_schemas import StoreOrder
from nextcommerce.schemas import amount as read_amount
from nextcommerce.schemas import objects, whole
from orders.mirror import mirror
from orders.models import Order, OrderEvent, OrderItem, RefundRequest
from orders.order_log import log
from stores.errors import Conflict, Problem
from stores.money import cents

STAFF = OrderEvent.Source.STAFF
# A lost answer is believed to be a no only when the store has had this long to do it.
SETTLED_AFTER = datetime.timedelta(seconds=60)


@dataclass(frozen=True)
class Wanted:
    """What staff want to give back: quantities by our item's id, and the shipping."""

    quantities: Mapping[int, int] = field(default_factory=dict)
    shipping: bool = False


@dataclass(frozen=True)
class Offer:
    """What the store would give back for it, and by which of its transactions."""

    amount: Decimal
    body: dict[str, Any]
    refunded_before: Decimal


def everything(order: Order) -> Wanted:
    """All that is left of an order."""
    left = {item.pk: item.quantity - item.refunded_quantity for item in order.items.all()}
    return Wanted(quantities=left, shipping=True)


def calculate(*, order: Order, wanted: Wanted) -> Offer:
    """Ask the store what would be refunded; nothing happens yet.

    Errors: Problem where nothing is chosen or left, or the store refuses; Conflict where the order is not
    paid; AdminApiError where the store cannot be asked.
    """
    require_paid(order)
    lines = refund_lines(order, wanted)
    if not lines and not wanted.shipping:
        raise Problem(_("Choose what to refund first."))
    goods = {"refund_lines": lines, "refund_shipping": {"full_refund": wanted.shipping}}
    try:
        answer = AdminApi(order.store).calculate_refund(_number(order), goods)
    except AdminApiError as error:
        if not error.refused:
            raise
        # Somebody was quicker, here or in the store.
        raise Problem(_("The store did not refund: %(why)s") % {"why": error.message}) from error
    total = read_amount(answer.get("amount_incl_tax")) or Decimal(0)
    left = cents(order.total - order.refunded_amount)
    if total <= 0 or left <= 0:
        raise Problem(_("There is nothing left to refund of this."))
    amount = min(cents(total), left)
    rows = allot(answer, amount)
    if rows:  # what was added to the order and not charged cannot be given back
        amount = sum((Decimal(row["amount"]) for row in rows), Decimal(0))
    return Offer(amount=amount, body={**goods, "transactions": rows}, refunded_before=order.refunded_amount)


def refund_lines(order: Order, wanted: Wanted) -> list[dict[str, Any]]:
    """Return the store's lines to refund: what has not been sent yet is canceled, the rest returned (3.5)."""
    quantities = line_quantities(order, wanted)
    # Where nothing was sent, the store need not be asked what was.
    unsent = unsent_quantities(order) if quantities and order.is_sent else quantities
    return refund_rows(quantities=quantities, unsent=unsent)


def refund_rows(
    *, quantities: Mapping[int | None, int], unsent: Mapping[int | None, int]
) -> list[dict[str, Any]]:
    """Return the rows that take so many of each line back: what is unsent is canceled, the rest returned."""
    rows = []
    for line_id, quantity in quantities.items():
        canceled = min(quantity, unsent.get(line_id, 0))
        for part, restock in ((canceled, "cancel"), (quantity - canceled, "return")):
            if part:
                rows.append({"line_id": line_id, "quantity": part, "restock_type": restock})
    return rows


def line_quantities(order: Order, wanted: Wanted) -> dict[int | None, int]:
    """Return what is wanted by the store's line. Errors: Problem where so much is not left."""
    items: dict[int, OrderItem] = {item.pk: item for item in order.items.all()}
    quantities: dict[int | None, int] = {}
    for item_id, quantity in wanted.quantities.items():
        item = items.get(item_id)
        if quantity <= 0 or item is None or item.store_line_id is None:
            continue
        left = item.quantity - item.refunded_quantity
        if quantity > left:
            raise Problem(
                _("Only %(left)d of %(name)s can still be refunded.") % {"left": left, "name": item.name}
            )
        quantities[item.store_line_id] = quantity
    return quantities


def unsent_quantities(order: Order) -> dict[int | None, int]:
    """Ask the store how many of each line are still to be sent. Errors: AdminApiError."""
    return unsent_of(AdminApi(order.store).retrieve_order(_number(order)))


def unsent_of(store_order: StoreOrder) -> dict[int | None, int]:
    """Return how many of each line are still to be sent, by the line's id."""
    if not store_order.is_sent:
        return {line.id: line.current_quantity for line in store_order.lines}
    return {line.id: whole(line.raw.get("fulfillable_quantity")) or 0 for line in store_order.lines}


def allot(answer: Mapping[str, Any], amount: Decimal) -> list[dict[str, Any]]:
    """Spread the amount over the charges that can give it back; a test order has none."""
    rows = []
    for charge in objects(answer.get("transactions")):
        part = min(amount, read_amount(charge.get("refundable_amount")) or Decimal(0))
        if part > 0 and whole(charge.get("id")) is not None:
            rows.append({"id": charge["id"], "amount": str(cents(part))})
            amount -= part
    return rows


def refund(
    *,
    order: Order,
    wanted: Wanted,
    expected: Decimal,
    refunded_before: Decimal,
    actor: str,
    note: str = "",
) -> RefundRequest:
    """Refund what was calculated, if the store still says the same amount; then mirror the order.

    `expected` and `refunded_before` are what the person saw who said yes, so that a yes said twice counts
    once. Errors: Conflict where another refund runs or its outcome is unknown, or one of the two has
    changed; Problem where the store refuses. After an unclear answer the request stays `asked`.
    """
    finish_unclear(order=order)
    order.refresh_from_db()
    offer = calculate(order=order, wanted=wanted)
    if offer.amount != expected:
        raise Conflict(
            _("The store would refund %(amount)s now. Please look at it again.") % {"amount": offer.amount}
        )
    request = _open(order=order, amount=offer.amount, refunded_before=refunded_before, actor=actor, note=note)
    body = {**offer.body, "note": note, "send_refund_notification": True}
    try:
        AdminApi(order.store).refund_order(_number(order), body)
    except AdminApiError as error:
        if error.ambiguous:
            raise Conflict(
                _("The store's answer was lost. The refund may have been made: check again in a minute.")
            ) from error
        close(request, RefundRequest.State.REFUSED, error.message)
        raise Problem(_("The store did not refund: %(why)s") % {"why": error.message}) from error
    log(
        order=order,
        kind="refund asked",
        text=f"{actor} refunded {offer.amount} {order.currency}. {note}".strip(),
        source=STAFF,
        actor=actor,
    )
    # Not done before the order shows it: until then nobody else may take its sums for the last word.
    refresh(order=order, actor=actor)
    close(request, RefundRequest.State.DONE)
    return request


def _open(*, order: Order, amount: Decimal, refunded_before: Decimal, actor: str, note: str) -> RefundRequest:
    """Write the refund down before it is asked for; one at a time, and never more than was paid."""
    try:
        with transaction.atomic():
            locked = Order.objects.select_for_update().get(pk=order.pk)
            if locked.refunded_amount != refunded_before:
                raise Conflict(
                    _("%(amount)s of this order has been refunded already. Please look at it again.")
                    % {"amount": locked.refunded_amount}
                )
            if locked.verification_due_at:
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


def close(request: RefundRequest, state: str, message: str = "") -> None:
    """Write down how a refund ended."""
    request.state, request.message = state, message[:300]
    request.save(update_fields=["state", "message"])


def finish_unclear(*, order: Order) -> None:
    """Learn from the store how a refund without an answer ended.

    Errors: Conflict while it is too early to tell, or the store cannot be asked.
    """
    request = RefundRequest.objects.filter(order=order, state=RefundRequest.State.ASKED).first()
    if request is None:
        return
    refresh(order=order, actor=request.actor)
    order.refresh_from_db()
    if not close_unclear(request=request, order=order):
        raise Conflict(_("A refund of this order is under way. Please try again in a minute."))


def close_unclear(*, request: RefundRequest, order: Order) -> bool:
    """Close a refund without an answer by what the mirrored order says; False while it is too early."""
    if order.refunded_amount >= request.refunded_before + request.amount:
        close(request, RefundRequest.State.DONE)
    elif request.created_at < timezone.now() - SETTLED_AFTER:
        close(request, RefundRequest.State.REFUSED, "The store knows nothing of it.")
    else:
        return False
    return True


def refresh(*, order: Order, actor: str = "") -> StoreOrder:
    """Ask the store for its order and mirror it. Errors: Conflict where it cannot be asked or has none."""
    try:
        store_order = AdminApi(order.store).retrieve_order(_number(order))
    except AdminApiError as error:
        raise Conflict(_("The store could not be asked: %(why)s") % {"why": error.message}) from error
    with transaction.atomic():
        locked = Order.objects.select_for_update(of=("self",)).select_related("store").get(pk=order.pk)
        mirror(order=locked, store_order=store_order, source=STAFF, actor=actor)
    return store_order


def require_paid(order: Order) -> None:
    """Refuse what only a paid order can have done. Errors: Conflict."""
    if not order.is_paid:
        raise Conflict(_("This order was not paid."))


def _number(order: Order) -> str:
    if not order.store_order_number:
        raise Conflict(_("The store has no order for this one."))
    return order.store_order_number
