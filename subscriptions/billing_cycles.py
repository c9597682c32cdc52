"""Record the billing cycles of a subscription: an invoice for each, and an order for each renewal."""

import datetime
import logging
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from nextcommerce.client import NextClient
from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextOrder, NextSubscription
from orders.models import Order, OrderEvent, OrderItem
from orders.next_order_identity import NextOrderIdentity, NextOrderMismatch
from orders.sentences import OTHER_SUBSCRIPTION
from orders.sync import apply_next_order, mirror_transaction, report_foreign_order
from stores.columns import fit_to_columns
from subscriptions.models import Invoice, InvoiceLine, Subscription, SubscriptionLine
from subscriptions.renewal_orders import create_renewal_order
from subscriptions.subscription_lines import load_lines

logger = logging.getLogger(__name__)

SOURCE = OrderEvent.Source.RECONCILER
# What an invoice stores of each line, besides its price.
INVOICE_LINE_FIELDS = ("product_id", "variant_id", "name", "title", "quantity")


def record_billing_cycles(
    *, subscription: Subscription, next_subscription: NextSubscription, api: NextClient
) -> None:
    """Write an invoice for each cycle that was charged or declined, with one API call for each new one.

    Raises NextApiError; the invoices written so far stay.
    """
    paid = set(
        subscription.invoices.filter(status=Invoice.Status.PAID).values_list("next_order_number", flat=True)
    )
    for billed in sorted(next_subscription.billing_cycles, key=lambda billed: billed.cycle):
        if billed.order_number in paid:
            continue
        if billed.cycle == 0 or billed.order_number == subscription.order.next_order_number:
            record_first_invoice(subscription=subscription)
        else:
            _record_charged_cycle(api, subscription, number=billed.order_number, cycle=billed.cycle)
    if subscription.next_state.is_past_due:
        record_failed_charges(subscription=subscription, api=api)


def _record_charged_cycle(api: NextClient, subscription: Subscription, *, number: str, cycle: int) -> None:
    """Record a renewal, unless NEXT Commerce names an order that it doesn't have or that is another one.

    The next sync asks again. Until then, pauses and cancellations don't wait for it.
    """
    try:
        next_order = api.retrieve_order(number)
        require_renewal(subscription=subscription, number=number, next_order=next_order)
        record_renewal(subscription=subscription, next_order=next_order, cycle=cycle)
    except NextApiError as error:
        if error.status != 404:
            raise
        logger.error("subscription %s: NEXT has no order %.64r for its renewal", subscription.pk, number)
    except NextOrderMismatch as mismatch:
        logger.warning("subscription %s: refused %s: %s", subscription.pk, number, mismatch)


def record_first_invoice(*, subscription: Subscription) -> None:
    """Write the invoice of the first order, for the items of this subscription."""
    order = subscription.order
    sold_items = [item for item in order.items.all() if item.quantity]
    items = _select_subscribed_items(subscription, sold_items)
    if order.verification_amount:
        # The verification amount is refunded: the subscription itself started free.
        for item in items:
            item.unit_price = item.unit_price if item.is_upsell else Decimal("0.00")
    _record_paid_invoice(
        subscription=subscription,
        cycle=0,
        order=order,
        # Shipping and tax count toward the invoice if the order has no other items.
        amount=order.total - order.verification_amount
        if items == sold_items
        else sum((item.total for item in items), Decimal(0)),
        lines=[_invoice_line(item) for item in items],
        paid_at=order.paid_at and order.paid_at + subscription.store.clock_offset,
    )


def _select_subscribed_items(subscription: Subscription, items: list[OrderItem]) -> list[OrderItem]:
    variant_ids = {line.next_variant_id for line in subscription.lines.all()}
    return [item for item in items if item.selling_plan and item.next_variant_id in variant_ids]


def require_renewal(*, subscription: Subscription, number: str, next_order: NextOrder) -> None:
    """Raise NextOrderMismatch, reported to staff, unless the NEXT order can renew the subscription."""
    first = subscription.order
    identity = NextOrderIdentity(number=number, mark=first.next_mark, currency=first.next_currency)
    difference = identity.describe_difference(next_order)
    renewed = next_order.subscription_ids
    if not difference and renewed and subscription.next_subscription_id not in renewed:
        difference = OTHER_SUBSCRIPTION.fill()
    if difference:
        report_foreign_order(order_id=first.pk, reason=difference, source=SOURCE)
        raise NextOrderMismatch(difference)


def record_renewal(*, subscription: Subscription, next_order: NextOrder, cycle: int) -> None:
    """Create our order of a renewal, once, with its invoice.

    Raises NextOrderMismatch, with nothing changed.
    """
    with mirror_transaction(source=SOURCE):
        _record_renewal(subscription=subscription, next_order=next_order, cycle=cycle)


def _record_renewal(*, subscription: Subscription, next_order: NextOrder, cycle: int) -> None:
    subscription = Subscription.objects.select_for_update(of=("self",), no_key=True).get(pk=subscription.pk)
    load_lines(subscription)
    order = (
        Order.objects.select_for_update(of=("self",), no_key=True)
        .select_related("store")
        .filter(store=subscription.store_id, next_order_number=next_order.number)
        .first()
    )
    if order is None:
        order = create_renewal_order(subscription=subscription, next_order=next_order)
    apply_next_order(order=order, next_order=next_order, source=SOURCE)
    if not order.is_paid:
        return
    items = list(order.items.all())
    _record_paid_invoice(
        subscription=subscription,
        cycle=cycle,
        order=order,
        amount=order.total,
        lines=[_invoice_line(item) for item in items],
        paid_at=next_order.created_at or order.paid_at,
    )


def _record_paid_invoice(
    *,
    subscription: Subscription,
    cycle: int,
    order: Order,
    amount: Decimal,
    lines: list[InvoiceLine],
    paid_at: datetime.datetime | None,
) -> None:
    """Write a paid invoice; `paid_at` is by the store's clock."""
    values = {
        "order": order,
        "status": Invoice.Status.PAID,
        "amount": amount,
        "currency": order.currency,
        "next_order_number": order.next_order_number or "",
        "paid_at": paid_at,
        "voided_at": None,
    }
    _write_invoice(subscription=subscription, cycle=cycle, values=values, lines=lines)
    Subscription.objects.filter(pk=subscription.pk).update(period_start=paid_at)


@transaction.atomic
def _write_invoice(
    *, subscription: Subscription, cycle: int, values: dict[str, Any], lines: list[InvoiceLine]
) -> None:
    """Write the cycle's invoice and its lines, in place of those written before."""
    fitted = fit_to_columns(Invoice, values)
    if "amount" not in fitted:
        logger.error("subscription %s: cycle %s costs an impossible amount", subscription.pk, cycle)
        return
    invoice, _is_new = Invoice.objects.exclude(status=Invoice.Status.VOID).update_or_create(
        subscription=subscription, cycle=cycle, defaults={"store_id": subscription.store_id} | fitted
    )
    for position, line in enumerate(lines):
        line.invoice, line.position = invoice, position
    invoice.lines.all().delete()
    InvoiceLine.objects.bulk_create(lines)


def _invoice_line(item: OrderItem) -> InvoiceLine:
    return _copy_invoice_line(item, price=item.unit_price)


def _copy_invoice_line(source: OrderItem | SubscriptionLine, *, price: Decimal) -> InvoiceLine:
    return InvoiceLine(price=price, **{name: getattr(source, name) for name in INVOICE_LINE_FIELDS})


def record_failed_charges(*, subscription: Subscription, api: NextClient) -> None:
    """Write the open invoice of the next cycle, whose charge was declined."""
    cycle = subscription.cycle + 1
    if subscription.invoices.filter(cycle=cycle, status=Invoice.Status.PAID).exists():
        return  # paid in the meantime, so the declined status is outdated
    failed_charges = [
        transaction
        for transaction in api.list_subscription_transactions(subscription.next_subscription_id)
        if transaction.has_failed and transaction.billing_cycle == cycle
    ]
    lines = [_copy_invoice_line(line, price=line.price) for line in subscription.active_lines]
    total = sum((line.total for line in lines), subscription.shipping_price)
    values = {
        "status": Invoice.Status.OPEN,
        "amount": failed_charges[0].amount if failed_charges else total,
        "currency": subscription.currency,
        "attempt_count": max(len(failed_charges), 1),
    }
    _write_invoice(subscription=subscription, cycle=cycle, values=values, lines=lines)


def close_open_invoices(subscription: Subscription) -> None:
    """Close open invoices once NEXT Commerce stops charging: uncollectible if canceled, else void."""
    if subscription.next_state.is_past_due:
        return
    is_canceled = subscription.next_state.is_canceled
    status = Invoice.Status.UNCOLLECTIBLE if is_canceled else Invoice.Status.VOID
    # A cycle that was charged just now is recorded as paid by the next sync.
    uncharged = subscription.invoices.filter(status=Invoice.Status.OPEN, cycle__gt=subscription.cycle)
    uncharged.update(status=status, voided_at=timezone.now(), updated_at=timezone.now())
