"""Recording the refunds that NEXT lists for an order."""

from decimal import Decimal
from typing import Any

from nextcommerce.schemas import NextOrder, NextRefund
from orders.models import Order, OrderRefund
from orders.models.refund import VERIFICATION_REFUND_NOTE
from orders.row_matching import delete_unmatched_rows, drop_repeated_ids, match_rows, save_changes
from stores.columns import fit_to_columns


def record_refunds(*, order: Order, next_order: NextOrder) -> bool:
    """Record the refunds that the NEXT order lists; return whether anything changed.

    A recorded refund that isn't listed stays. One whose amount can't be stored is left out. The caller holds
    the order's row lock.
    """
    if not next_order.refunds:
        return False
    pairs = match_rows(
        entries=_list_refunds(order, next_order),
        rows=order.refunds.all(),
        tests=(_has_refund_id, _is_same_refund_without_id),
    )
    changes = [save_changes(row or OrderRefund(order=order), values) for values, row in pairs]
    return any(changes)


def drop_unlisted_refunds(*, order: Order, next_order: NextOrder) -> None:
    """Delete the recorded refunds that the NEXT order doesn't list. Call it after `record_refunds`."""
    delete_unmatched_rows(
        entries=_list_refunds(order, next_order),
        rows=order.refunds.all(),
        tests=(_has_refund_id, _is_same_refund_without_id),
    )


def _list_refunds(order: Order, next_order: NextOrder) -> list[dict[str, Any]]:
    """Return the listed refunds whose amount can be stored, as `OrderRefund` fields."""
    rows = [_read_refund(order, refund) for refund in drop_repeated_ids(next_order.refunds)]
    return [values for values in rows if "amount" in values]


def _read_refund(order: Order, refund: NextRefund) -> dict[str, Any]:
    """Return the refund as `OrderRefund` fields. An erased order keeps no note, which may name somebody."""
    keeps_note = not order.is_erased or refund.note == VERIFICATION_REFUND_NOTE
    return fit_to_columns(
        OrderRefund,
        {
            "next_refund_id": refund.id,
            "amount": refund.amount,
            "note": refund.note if keeps_note else "",
            "refunded_at": refund.created_at,
        },
    )


def _has_refund_id(row: OrderRefund, values: dict[str, Any]) -> bool:
    return row.next_refund_id is not None and row.next_refund_id == values["next_refund_id"]


def _is_same_refund_without_id(row: OrderRefund, values: dict[str, Any]) -> bool:
    """Return True if one of the two has no id, and their amounts and times, as far as known, are equal."""
    return (
        None in (row.next_refund_id, values["next_refund_id"])
        and row.amount == values["amount"]
        and (None in (row.refunded_at, values["refunded_at"]) or row.refunded_at == values["refunded_at"])
    )


def total_refunded(next_order: NextOrder) -> Decimal:
    """Return the amount refunded, by refunds or by transactions (some have no refund): the larger sum."""
    by_refunds = sum((refund.amount for refund in drop_repeated_ids(next_order.refunds)), Decimal(0))
    by_transactions = sum(
        (
            transaction.amount
            for transaction in drop_repeated_ids(next_order.transactions)
            if transaction.is_refund
        ),
        Decimal(0),
    )
    return max(by_refunds, by_transactions)


def erase_refund_notes(order: Order) -> None:
    """Erase the notes of an order's refunds, which may name the shopper."""
    order.refunds.exclude(note=VERIFICATION_REFUND_NOTE).update(note="")
