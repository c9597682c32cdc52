"""What a running subscription charges from now on, and the text for its page and emails."""

from collections.abc import Iterable
from typing import Any

from catalog.plan_snapshot import PlanSnapshot
from catalog.plan_text import format_renewals
from catalog.renewals import PriceStep, Renewals, RenewingLine, build_renewals
from orders.renewals import OrderRenewal
from stores.money import round_money
from subscriptions.models import Subscription, SubscriptionLine
from subscriptions.subscription_lines import renewal_interval


def list_charges(subscription: Subscription) -> Renewals | None:
    """Return the charges from the next renewal on; None if its lines or its interval aren't known yet."""
    lines = [
        RenewingLine(terms=terms, quantity=line.quantity, name=line.name, ships=True)
        for line in (line.after_change for line in subscription.active_lines)
        if (terms := _find_terms(line, subscription)) is not None
    ]
    if not lines:
        return None
    return build_renewals(lines, shipping=subscription.shipping_price, first_renewal=subscription.cycle + 1)


def describe_charges(subscription: Subscription) -> str:
    """Return the charges from the next renewal on: `$18.60 every 2 weeks ($13.60 + $5.00 shipping)`."""
    charges = list_charges(subscription)
    if charges is None:
        return ""
    is_tax_added = subscription.order.is_tax_added
    return format_renewals(charges, currency=subscription.currency, is_tax_added=is_tax_added)


def list_subscription_renewals(subscriptions: Iterable[Subscription]) -> list[OrderRenewal]:
    """Return what each of these charges from its next renewal on, without those that won't renew."""
    return [
        OrderRenewal(
            names=", ".join(line.after_change.name for line in subscription.active_lines),
            charges=charges,
            next_charge_at=subscription.next_renewal_at,
        )
        for subscription in subscriptions
        if not (subscription.is_over or subscription.cancel_at_period_end)
        and (charges := describe_charges(subscription))
    ]


def _find_terms(line: SubscriptionLine, subscription: Subscription) -> PlanSnapshot | None:
    """Return the line's terms. Without any, NEXT's price is charged on NEXT's interval."""
    if line.terms:
        terms: PlanSnapshot = line.terms
        return terms
    interval = renewal_interval(subscription)
    if interval is None:
        return None
    price = str(line.price)
    return {
        "selling_plan_id": "",
        "name": "",
        "interval": interval[0],
        "interval_count": interval[1],
        "cycles_per_charge": 1,
        "trial_period_days": 0,
        "trial_price": "0.00",
        "tiers": [{"first_cycle": 1, "price": price, "base_price": price, "policy_type": "RECURRING"}],
        "recurring_price": price,
    }


def charges_to_json(charges: Renewals | None) -> dict[str, Any] | None:
    """Return the charges as stored in a notification."""
    if charges is None:
        return None
    return {
        "interval": charges.interval,
        "interval_count": charges.interval_count,
        "trial_days": charges.trial_days,
        "starts_with_first": charges.starts_with_first,
        "steps": [[step.count, str(step.amount)] for step in charges.steps],
        "shipping": str(charges.shipping or 0),
    }


def charges_from_json(stored: dict[str, Any]) -> Renewals:
    """Return the charges that `charges_to_json` stored."""
    return Renewals(
        **{name: value for name, value in stored.items() if name not in {"steps", "shipping"}},
        names=(),
        steps=tuple(PriceStep(count=count, amount=round_money(amount)) for count, amount in stored["steps"]),
        shipping=round_money(stored["shipping"]),
    )
