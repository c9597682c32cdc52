"""ordersAddLineItemsCreate: more lines, charged to the order's payment (3.4)."""

from rest_framework.exceptions import APIException, ValidationError

from .catalog import JsonObject, StoreCatalog
from .models import Order
from .money import ZERO
from .order_service import add_order_lines, record_charge_transaction, record_declined_charge
from .quote import quote_lines
from .subscriptions import create_subscriptions
from .webhook_events import emit_event
from .write_lock import exclusive_transaction


class ChargeDeclined(APIException):
    """The shape of a declined charge, with 400 (section 1)."""

    status_code = 400

    def __init__(self, *, code: int) -> None:
        super().__init__()
        declined: JsonObject = {
            "payment_details": "Unable to process the purchase transaction.",
            "payment_response_code": str(code),
            "payment_method": {"card_token": None},
        }
        self.detail = declined


SOFT_DECLINE_CODE = 2000


def add_and_charge_lines(*, order: Order, payload: JsonObject) -> None:
    """Add the lines and charge for them, or change nothing but note the failed attempt."""
    with exclusive_transaction():
        order.refresh_from_db()
        store = order.store
        store.refresh_from_db()
        _require_upsell_support(order)
        lines = quote_lines(
            catalog=StoreCatalog(store.catalog, store.currency),
            lines=payload["lines"],
            currency=order.currency,
            tax_percent=order.tax_percent,
        )
        amount = sum((line.price_incl_tax for line in lines), ZERO)
        declined = store.switches["upsells"] == "decline"
        if declined:
            record_declined_charge(of=order, amount=amount, code=SOFT_DECLINE_CODE, order=order)
        else:
            add_order_lines(order=order, lines=lines)
            charge = record_charge_transaction(
                order=order, amount=amount, details=payload.get("payment_details")
            )
            made = create_subscriptions(order=order, lines=lines, charge=charge)
            for subscription in made:
                emit_event(store=store, event="subscription.created", subject=subscription)
            if charge is not None:
                emit_event(store=store, event="transaction.created", subject=charge)
        order.touch()
        emit_event(store=store, event="order.updated", subject=order)
    if declined:
        raise ChargeDeclined(code=SOFT_DECLINE_CODE)


def _require_upsell_support(order: Order) -> None:
    if not order.supports_upsells:
        raise ValidationError({"non_field_errors": ["Order does not support post purchase upsells."]})
    if order.status != "open" or order.payment_status in ("voided", "refunded"):
        raise ValidationError({"non_field_errors": ["Order cannot be changed."]})
