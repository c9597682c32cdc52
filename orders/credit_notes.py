"""Credit notes: issued as NEXT's refunds are mirrored, so that they add up to what was refunded."""

from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from orders.models import CreditNote, Order
from orders.order_numbers import allocate_credit_note_number
from stores.money import round_money


def issue_credit_note(order: Order) -> None:
    """Issue a note for what was refunded since the last one, in the caller's transaction.

    The caller holds the order's row lock. What NEXT takes back later has its note all the same: then staff
    are told (`orders.refund_correction`), and the next refund counts from there.
    """
    if not order.invoice_number:
        return
    noted = CreditNote.objects.filter(order=order).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    amount = round_money(min(order.refunded_amount, order.total) - noted)
    if amount > 0:
        CreditNote.objects.create(
            store=order.store,
            order=order,
            number=allocate_credit_note_number(store=order.store),
            amount=amount,
            issued_at=timezone.now(),
        )
