"""Recording the charges and refunds that NEXT lists for an order, and what they add up to."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nextcommerce.schemas import NextOrder, NextTransaction
from nextcommerce.statuses import NextTransactionType
from orders.models import Order, OrderTransaction
from orders.row_matching import delete_unmatched_rows, drop_repeated_ids, match_rows, save_changes
from stores.columns import fit_to_columns

Kind = OrderTransaction.Kind

KINDS = {
    NextTransactionType.DEBIT: Kind.CHARGE,
    NextTransactionType.REFUND: Kind.REFUND,
    NextTransactionType.AUTHORIZE: Kind.AUTHORIZATION,
}


@dataclass(frozen=True)
class MoneyMoved:
    """What moved for an order: net = charged - refunded. An authorization has moved nothing yet."""

    charged: Decimal
    refunded: Decimal
    authorized: Decimal

    @property
    def net(self) -> Decimal:
        return self.charged - self.refunded


def record_transactions(*, order: Order, next_order: NextOrder) -> bool:
    """Record the transactions that the NEXT order lists; return whether anything changed.

    A recorded transaction that isn't listed stays. One whose amount can't be stored is left out. The caller
    holds the order's row lock.
    """
    if not next_order.transactions:
        return False
    listed = _list_transactions(next_order)
    rows = order.transactions.all() if order.mirrored_at else ()  # none yet: no need to ask
    pairs = match_rows(entries=listed, rows=rows, tests=(_has_transaction_id, _is_same_without_id))
    changes = [save_changes(row or OrderTransaction(order=order), values) for values, row in pairs]
    return any(changes)


def drop_unlisted_transactions(*, order: Order, next_order: NextOrder, kind: OrderTransaction.Kind) -> None:
    """Delete the recorded transactions of a kind that the NEXT order doesn't list.

    Call it after `record_transactions`.
    """
    delete_unmatched_rows(
        entries=[values for values in _list_transactions(next_order) if values["kind"] == kind],
        rows=order.transactions.filter(kind=kind),
        tests=(_has_transaction_id, _is_same_without_id),
    )


def sum_money_moved(order: Order) -> MoneyMoved:
    """Return what the order's charges and refunds add up to. Reads `order.transactions.all()`.

    Where NEXT lists no charge, or no refund, the order's own total or refunded amount counts.
    """
    sums = dict.fromkeys(Kind, Decimal(0))
    for row in order.transactions.all():
        if not row.has_failed:
            sums[Kind(row.kind)] += row.amount
    has_charges = any(row.kind in {Kind.CHARGE, Kind.AUTHORIZATION} for row in order.transactions.all())
    return MoneyMoved(
        charged=sums[Kind.CHARGE] if has_charges or not order.is_paid else order.total,
        refunded=max(sums[Kind.REFUND], order.refunded_amount),
        authorized=sums[Kind.AUTHORIZATION],
    )


def _list_transactions(next_order: NextOrder) -> list[dict[str, Any]]:
    """Return the listed transactions whose amount can be stored, as `OrderTransaction` fields."""
    rows = [_read_transaction(transaction) for transaction in drop_repeated_ids(next_order.transactions)]
    return [values for values in rows if "amount" in values]


def _read_transaction(transaction: NextTransaction) -> dict[str, Any]:
    """Return the transaction as `OrderTransaction` fields. One that is still pending has moved nothing."""
    is_done = transaction.is_charge or transaction.is_refund or transaction.is_authorization
    kind = KINDS.get(transaction.type, Kind.OTHER) if is_done or transaction.has_failed else Kind.OTHER
    return fit_to_columns(
        OrderTransaction,
        {
            "next_transaction_id": transaction.id,
            "kind": kind,
            "has_failed": transaction.has_failed,
            "amount": transaction.amount,
            "made_at": transaction.created_at,
        },
    )


def _has_transaction_id(row: OrderTransaction, values: dict[str, Any]) -> bool:
    return row.next_transaction_id is not None and row.next_transaction_id == values["next_transaction_id"]


def _is_same_without_id(row: OrderTransaction, values: dict[str, Any]) -> bool:
    """Return True if one of the two has no id, and all else that is known of both is equal."""
    return (
        None in (row.next_transaction_id, values["next_transaction_id"])
        and (row.kind, row.has_failed, row.amount) == (values["kind"], values["has_failed"], values["amount"])
        and (None in (row.made_at, values["made_at"]) or row.made_at == values["made_at"])
    )
