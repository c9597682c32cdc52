"""Renewals: the order and charge of each billing cycle, and what follows a decline."""

from .billing_dates import add_interval_in_zone, get_retry_date
from .catalog import StoreCatalog
from .discounts import DiscountRequest
from .models import BillingCycle, Order, Store, Subscription, exclusive_transaction
from .models.base import copy_product_snapshot
from .money import round_money
from .order_service import (
    add_order_lines,
    build_order_shipping,
    emit_order_created,
    initial_fulfillment_status,
    record_charge_transaction,
    record_declined_charge,
)
from .quote import Quote, build_quote
from .quoted_line import QuotedLine
from .subscriptions import save_and_emit
from .switches import RenewalOutcome
from .taxes import get_tax_rules

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


def _quote_renewal(subscription: Subscription) -> Quote:
    store = subscription.store
    method = StoreCatalog(store.catalog, store.currency).shipping_method(subscription.shipping_code)
    rules = get_tax_rules(
        store=store,
        currency=subscription.currency,
        shipping_address=subscription.shipping_address,
        billing_address=subscription.billing_address,
    )
    lines = [
        QuotedLine(
            **copy_product_snapshot(line),
            quantity=line.quantity,
            is_discountable=True,
            has_custom_price=False,
            unit_price=line.price,
            total_price=round_money(line.price * line.quantity, subscription.currency),
            metadata=line.metadata,
        )
        for line in subscription.lines.all()
    ]
    shipping = (subscription.shipping_code, method["name"] if method else "", subscription.shipping_price)
    request = DiscountRequest(
        codes=subscription.coupon_codes, offer_ids=subscription.offer_ids, is_renewal=True
    )
    return build_quote(store=store, rules=rules, lines=lines, shipping=shipping, request=request)


def _get_next_cycle(subscription: Subscription) -> int:
    last = subscription.cycles.order_by("-billing_cycle").first()
    return 0 if last is None else last.billing_cycle + 1


def _complete_renewal(subscription: Subscription) -> None:
    store, cycle = subscription.store, _get_next_cycle(subscription)
    quote = _quote_renewal(subscription)
    order = _create_renewal_order(subscription, quote)
    add_order_lines(order=order, lines=quote.lines)
    charge = record_charge_transaction(order=order, amount=quote.total_incl_tax)
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


def _create_renewal_order(subscription: Subscription, quote: Quote) -> Order:
    store, now = subscription.store, subscription.store.now()
    needs_shipping = any(line.requires_shipping for line in quote.lines)
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
        **build_order_shipping(quote),
        discounts=quote.discounts,
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
    record_declined_charge(
        of=subscription,
        amount=_quote_renewal(subscription).total_incl_tax,
        code=code,
        subscription=subscription,
        billing_cycle=_get_next_cycle(subscription),
    )
