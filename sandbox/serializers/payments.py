"""Transactions and refunds."""

from sandbox.catalog import JsonObject
from sandbox.models import Refund, Transaction
from sandbox.money import ZERO, format_decimal

from .common import build_absent_object, format_store_datetime, serialize_agent, serialize_order_attribution


def serialize_order_transaction(row: Transaction) -> JsonObject:
    return {
        "amount": format_decimal(row.amount),
        "auth_code": None,
        "currency": row.currency,
        "date_created": format_store_datetime(row.date_created, row.store),
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
        "report_values": {"amount": format_decimal(row.amount), "currency": row.currency},
        "response_code": row.response_code,
        "statement_descriptor": row.statement_descriptor,
        "status": "succeeded" if row.succeeded else "failed",
        "type": row.type,
    }


def serialize_transaction(row: Transaction) -> JsonObject:
    """Return the Transaction of ``/transactions/`` and of webhooks."""
    store, order = row.store, row.order
    subscription = {"id": row.subscription_id or 0, "billing_cycle": row.billing_cycle}
    user = order.user if order is not None else {"id": 0}
    return {
        **serialize_order_transaction(row),
        "amount_available_for_refund": format_decimal(row.refundable_amount),
        "attribution": serialize_order_attribution(order.attribution if order else {}, store),
        "initiator": serialize_agent(store),
        "order": order.number if order else None,
        "subscription": subscription if row.subscription_id else build_absent_object(store, subscription),
        "user": user,
    }


def serialize_order_refund(refund: Refund) -> JsonObject:
    order = refund.order
    transactions = list(refund.transactions.all())
    totals = {
        "total_refund_amount": format_decimal(sum((row.amount for row in transactions), ZERO)),
        "total_return_excl_tax": format_decimal(refund.return_excl_tax),
        "total_return_incl_tax": format_decimal(refund.return_incl_tax),
    }
    return {
        "adjustments": refund.adjustments,
        "created_at": format_store_datetime(refund.created_at, order.store),
        "id": refund.pk,
        "note": refund.note,
        "order_number": order.number,
        "refund_line_items": refund.lines,
        "report_values": {"currency": order.currency, **totals},
        **totals,
        "transactions": [serialize_order_transaction(row) for row in transactions],
        "user_id": 1,
    }
