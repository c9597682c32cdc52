"""Renewals: the order and charge of each billing cycle, and what follows a decline."""

from decimal import Decimal

from .billing_dates import add_interval_in_zone, get_retry_date
from .catalog import StoreCatalog
from .models import BillingCycle, Order, Store, Subscription, exclusive_transaction
from .models.base import copy_product_snapshot
from .money import ZERO, add_tax, round_to_cents
from .order_service import (
    add_order_lines,
    emit_order_created,
    initial_fulfillment_status,
    record_charge_transaction,
    record_declined_charge,
)
from .quote import QuotedLine
from .subscriptions import save_and_emit
from .switches import RenewalOutcome

DECLINE_CODES = {RenewalOutcome.SOFT_DECLINE: 2000, RenewalOutcome.HARD_DECLINE: 3003}
RENEWABLE_STATUSES = (
    Subscription.Status.ACTIVE,
    Subscription.Status.RETRYING,
    Subscription.Status.PAST_DUE,
)


def renew_subscription(*, subscription: Subscription) -> None:
    """Charge the next cycle now. The switch ``next_payment`` decides the outcome."""
    with exclusive_transaction():
        subscription = Subscription.objects.select_related("store", "customer").get(pk=subscription.pk)
        if subscription.status not in RENEWABLE_STATUSES:
            return
        outcome = _take_next_outcome(subscription.store)
        if outcome == RenewalOutcome.APPROVE:
            _complete_renewal(subscription)
        else:
            _decline_renewal(subscription, outcome)


def _take_next_outcome(store: Store) -> RenewalOutcome:
    """Return the outcome of the next charge. If the switch is a list, drop its first entry."""
    outcomes = store.switches["next_payment"]
    if isinstance(outcomes, str):
        return RenewalOutcome(outcomes)
    first, *rest = outcomes or [RenewalOutcome.APPROVE]
    store.switches["next_payment"] = rest or RenewalOutcome.APPROVE
    store.save(update_fields=["switches"])
    return RenewalOutcome(first)


def _quote_renewal_lines(subscription: Subscription, percent: Decimal) -> list[QuotedLine]:
    return [
        QuotedLine(
            **copy_product_snapshot(line),
            quantity=line.quantity,
            unit_price=line.price,
            price_excl_tax=round_to_cents(line.price * line.quantity),
            price_incl_tax=add_tax(round_to_cents(line.price * line.quantity), percent),
            metadata=line.metadata,
        )
        for line in subscription.lines.all()
    ]


def _get_tax_percent(subscription: Subscription) -> Decimal:
    country = (subscription.shipping_address or {}).get("country")
    return StoreCatalog(subscription.store.catalog, subscription.store.currency).tax_percent(country)


def _get_next_cycle(subscription: Subscription) -> int:
    last = subscription.cycles.order_by("-billing_cycle").first()
    return 0 if last is None else last.billing_cycle + 1


def _complete_renewal(subscription: Subscription) -> None:
    store, cycle = subscription.store, _get_next_cycle(subscription)
    percent = _get_tax_percent(subscription)
    lines = _quote_renewal_lines(subscription, percent)
    order = _create_renewal_order(subscription, percent)
    add_order_lines(order=order, lines=lines)
    total = sum((line.price_incl_tax for line in lines), order.shipping_incl_tax)
    charge = record_charge_transaction(order=order, amount=total)
    if charge is not None:
        charge.subscription, charge.billing_cycle = subscription, cycle
        charge.save(update_fields=["subscription", "billing_cycle"])
    BillingCycle.objects.create(subscription=subscription, order=order, billing_cycle=cycle)
    due = subscription.due_date or store.now()
    subscription.due_date = add_interval_in_zone(
        due, subscription.interval, subscription.interval_count, store.zone
    )
    subscription.next_renewal_date = subscription.due_date
    subscription.status = Subscription.Status.ACTIVE
    subscription.retries = 0
    save_and_emit(subscription)
    emit_order_created(order=order, charge=charge, subscriptions=[])


def _create_renewal_order(subscription: Subscription, percent: Decimal) -> Order:
    store, now = subscription.store, subscription.store.now()
    catalog = StoreCatalog(store.catalog, store.currency)
    method = catalog.shipping_method(subscription.shipping_code)
    needs_shipping = any(line.requires_shipping for line in subscription.lines.all())
    return Order.objects.create(
        store=store,
        number=store.take_order_number(),
        customer=subscription.customer,
        payment_status=Order.PaymentStatus.PAID,
        fulfillment_status=initial_fulfillment_status(needs_shipping=needs_shipping),
        source=Order.Source.SUBSCRIPTION,
        is_test=subscription.is_test,
        supports_upsells=False,
        currency=subscription.currency,
        tax_percent=percent,
        shipping_code=subscription.shipping_code,
        shipping_method=method["name"] if method else "",
        shipping_excl_tax=subscription.shipping_price,
        shipping_incl_tax=add_tax(subscription.shipping_price, percent),
        user=subscription.user,
        shipping_address=subscription.shipping_address,
        billing_address=subscription.billing_address,
        attribution=subscription.attribution,
        payment_method=subscription.payment_method,
        payment_details=subscription.payment_details,
        date_placed=now,
        created_at=now,
        updated_at=now,
    )


def _decline_renewal(subscription: Subscription, outcome: RenewalOutcome) -> None:
    """Schedule a retry after a soft decline, at most three times. Otherwise mark it past due."""
    store = subscription.store
    _record_declined_renewal(subscription, DECLINE_CODES[outcome])
    was_past_due = subscription.status == Subscription.Status.PAST_DUE
    retry_date = None
    if outcome == RenewalOutcome.SOFT_DECLINE and not was_past_due:
        subscription.retries += 1
        retry_date = get_retry_date(store.now(), subscription.retries, store.zone)
    subscription.status = Subscription.Status.RETRYING if retry_date else Subscription.Status.PAST_DUE
    subscription.next_renewal_date = retry_date
    save_and_emit(subscription)


def _record_declined_renewal(subscription: Subscription, code: int) -> None:
    lines = _quote_renewal_lines(subscription, percent := _get_tax_percent(subscription))
    shipping = add_tax(subscription.shipping_price, percent)
    amount = sum((line.price_incl_tax for line in lines), shipping + ZERO)
    record_declined_charge(
        of=subscription,
        amount=amount,
        code=code,
        subscription=subscription,
        billing_cycle=_get_next_cycle(subscription),
    )
