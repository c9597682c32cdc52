"""ordersAddLineItemsCreate: more lines, charged to the order's payment (3.4)."""

from rest_framework.exceptions import APIException, ValidationError

from .catalog import Catalogue, Row
from .models import Order
from .money import ZERO
from .order_service import add_lines, record_failure, record_payment
from .quote import quote_lines
from .subscriptions import subscribe
from .webhook_events import emit
from .write_lock import writing


class Declined(APIException):
    """The shape of a declined charge, with 400 (section 1)."""

    status_code = 400

    def __init__(self, *, code: int) -> None:
        super().__init__()
        declined: Row = {
            "payment_details": "Unable to process the purchase transaction.",
            "payment_response_code": str(code),
            "payment_method": {"card_token": None},
        }
        self.detail = declined


SOFT_DECLINE = 2000


def add_and_charge(*, order: Order, wanted: Row) -> None:
    """Add the lines and charge for them, or change nothing but note the failed attempt."""
    with writing():
        order.refresh_from_db()
        store = order.store
        store.refresh_from_db()
        _refuse_unfit(order)
        lines = quote_lines(
            catalogue=Catalogue(store.catalogue, store.currency),
            lines=wanted["lines"],
            currency=order.currency,
            tax_percent=order.tax_percent,
        )
        amount = sum((line.price_incl_tax for line in lines), ZERO)
        declined = store.switches["upsells"] == "decline"
        if declined:
            record_failure(of=order, amount=amount, code=SOFT_DECLINE, order=order)
        else:
            add_lines(order=order, lines=lines)
            charge = record_payment(order=order, amount=amount, details=wanted.get("payment_details"))
            made = subscribe(order=order, lines=lines, charge=charge)
            for subscription in made:
                emit(store=store, event="subscription.created", subject=subscription)
            if charge is not None:
                emit(store=store, event="transaction.created", subject=charge)
        order.touch()
        emit(store=store, event="order.updated", subject=order)
    if declined:
        raise Declined(code=SOFT_DECLINE)


def _refuse_unfit(order: Order) -> None:
    if not order.supports_upsells:
        raise ValidationError({"non_field_errors": ["Order does not support post purchase upsells."]})
    if order.status != "open" or order.payment_status in ("voided", "refunded"):
        raise ValidationError({"non_field_errors": ["Order cannot be changed."]})
