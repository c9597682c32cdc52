"""Upsells: lines added to an order and charged to its payment method (ordersAddLineItemsCreate)."""

from rest_framework.exceptions import APIException, ValidationError

from .catalog import JsonObject
from .models import Order, exclusive_transaction
from .money import ZERO
from .order_service import add_order_lines, record_charge_transaction, record_declined_charge
from .quote import quote_added_lines
from .subscriptions import create_subscriptions
from .switches import UpsellOutcome
from .webhook_events import schedule_webhook_deliveries

SOFT_DECLINE_CODE = 2000
CLOSED_STATUSES = (Order.PaymentStatus.VOIDED, Order.PaymentStatus.REFUNDED)


class ChargeDeclined(APIException):
    """A declined charge, in the published error shape."""

    status_code = 400

    def __init__(self, *, code: int) -> None:
        super().__init__()
        declined: JsonObject = {
            "payment_details": "Unable to process the purchase transaction.",
            "payment_response_code": str(code),
            "payment_method": {"card_token": None},
        }
        self.detail = declined


def add_and_charge_lines(*, order: Order, payload: JsonObject) -> None:
    """Add lines and charge for them.

    If the switch ``upsells`` declines the charge, record only the failed transaction and raise
    ChargeDeclined.
    """
    with exclusive_transaction():
        order.refresh_from_db()
        store = order.store
        store.refresh_from_db()
        _require_upsell_support(order)
        lines = quote_added_lines(order=order, lines=payload["lines"])
        amount = sum((line.price_incl_tax for line in lines), ZERO)
        declined = store.switches["upsells"] == UpsellOutcome.DECLINE
        if declined:
            record_declined_charge(of=order, amount=amount, code=SOFT_DECLINE_CODE, order=order)
        else:
            add_order_lines(order=order, lines=lines)
            charge = record_charge_transaction(
                order=order, amount=amount, details=payload.get("payment_details")
            )
            for subscription in create_subscriptions(order=order, lines=lines, charge=charge):
                schedule_webhook_deliveries(store=store, event="subscription.created", subject=subscription)
            if charge is not None:
                schedule_webhook_deliveries(store=store, event="transaction.created", subject=charge)
        order.touch()
        schedule_webhook_deliveries(store=store, event="order.updated", subject=order)
    if declined:
        raise ChargeDeclined(code=SOFT_DECLINE_CODE)


def _require_upsell_support(order: Order) -> None:
    if not order.supports_upsells:
        raise ValidationError({"non_field_errors": ["Order does not support post purchase upsells."]})
    if order.status != Order.Status.OPEN or order.payment_status in CLOSED_STATUSES:
        raise ValidationError({"non_field_errors": ["Order cannot be changed."]})
