"""Transactions and refunds."""

from sandbox.catalog import Row
from sandbox.models import Refund, Transaction
from sandbox.money import ZERO, text

from .common import absent, agent_json, attribution_json, when


def transaction_object(row: Transaction) -> Row:
    return {
        "amount": text(row.amount),
        "auth_code": None,
        "currency": row.currency,
        "date_created": when(row.date_created, row.store),
        "external_id": row.external_id,
        "id": row.pk,
        "is_disputed": False,
        "is_external": row.is_external,
        "is_initial_retry": False,
        "is_test": row.is_test,
        "network_transaction_id": None,
        "parent_id": row.parent_id,
        "payment_details": {
            "bankcard_first_six": None,
            "bankcard_last_four": None,
            "card_token": "",
            "gateway": row.gateway,
            "is_3ds": False,
            "optimized_3ds": False,
            "paypal_vault_id": "",
            "sca_flow": "",
        },
        "payment_method": row.payment_method,
        "report_values": {"amount": text(row.amount), "currency": row.currency},
        "response_code": row.response_code,
        "statement_descriptor": row.statement_descriptor,
        "status": "succeeded" if row.succeeded else "failed",
        "type": row.type,
    }


def transaction_json(row: Transaction) -> Row:
    """The Transaction of ``/transactions/`` and of the webhooks."""
    store, order = row.store, row.order
    subscription = {"id": row.subscription_id or 0, "billing_cycle": row.billing_cycle}
    user = order.user if order is not None else {"id": 0}
    return {
        **transaction_object(row),
        "amount_available_for_refund": text(row.refundable),
        "attribution": attribution_json(order.attribution if order else {}, store),
        "initiator": agent_json(store),
        "order": order.number if order else None,
        "subscription": subscription if row.subscription_id else absent(store, subscription),
        "user": user,
    }


def refund_json(refund: Refund) -> Row:
    order = refund.order
    transactions = list(refund.transactions.all())
    totals = {
        "total_refund_amount": text(sum((row.amount for row in transactions), ZERO)),
        "total_return_excl_tax": text(refund.return_excl_tax),
        "total_return_incl_tax": text(refund.return_incl_tax),
    }
    return {
        "adjustments": refund.adjustments,
        "created_at": when(refund.created_at, order.store),
        "id": refund.pk,
        "note": refund.note,
        "order_number": order.number,
        "refund_line_items": refund.lines,
        "report_values": {"currency": order.currency, **totals},
        **totals,
        "transactions": [transaction_object(row) for row in transactions],
        "user_id": 1,
    }
