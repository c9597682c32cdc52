"""Serialize subscriptions into API responses."""

from decimal import Decimal
from typing import Any, cast

from catalog.plan_snapshot import price_of_renewal, tier_of_renewal
from stores.api.response_schemas import to_unix_seconds
from subscriptions.api.response_types import (
    SubscriptionDatesResponse,
    SubscriptionPricingResponse,
    SubscriptionProductResponse,
    SubscriptionResponse,
    SubscriptionTierResponse,
)
from subscriptions.models import Subscription, SubscriptionLine
from subscriptions.subscription_lines import upcoming_charge


def serialize_subscription(subscription: Subscription) -> SubscriptionResponse:
    """Serialize a subscription loaded by `BaseSubscriptionView.get_queryset`."""
    order = subscription.order
    return {
        "id": subscription.pk,
        "merchant_id": subscription.store.slug,
        "customer_id": subscription.customer_id,
        "customer_email": order.email,
        "customer_name": order.name,
        **serialize_subscription_product(subscription),
        "status": cast(Any, subscription.status),
        "collection_method": "charge_automatically",
        **serialize_subscription_dates(subscription),
        **serialize_subscription_pricing(subscription),
        "latest_invoice_id": getattr(subscription, "latest_invoice_id", None),
        "default_payment_method_type": "link",
        "metadata": subscription.metadata,
        "external_id": str(subscription.next_subscription_id),
        "order_number": order.number,
        "next_status": subscription.next_status,
        "is_test": order.is_test,
    }


def serialize_subscription_product(subscription: Subscription) -> SubscriptionProductResponse:
    line = subscription.main_line or SubscriptionLine()
    # A requested plan counts at once; another variant or quantity once NEXT Commerce has it.
    terms = line.after_change.terms
    return {
        "selling_plan_id": terms.get("selling_plan_id"),
        "product_id": line.product_id or None,
        "variant_id": line.variant_id or None,
        "quantity": line.quantity,
        "product_name": line.name,
        "variant_title": line.title,
        "selling_plan_name": terms.get("name", ""),
    }


def serialize_subscription_dates(subscription: Subscription) -> SubscriptionDatesResponse:
    paid_at = subscription.order.paid_at
    ends_at = subscription.ends_at if subscription.cancel_at_period_end else None
    period_start = subscription.period_start or subscription.created_at
    return {
        "billing_cycle_anchor": int((paid_at or subscription.created_at).timestamp()),
        "current_period_start": int(period_start.timestamp()),
        "current_period_end": to_unix_seconds(
            subscription.next_renewal_at or ends_at or subscription.scheduled_renewal_at
        ),
        "trial_start": to_unix_seconds(paid_at) if subscription.trial_end else None,
        "trial_end": to_unix_seconds(subscription.trial_end),
        "canceled_at": to_unix_seconds(subscription.canceled_at),
        "cancel_at_period_end": subscription.cancel_at_period_end,
        "cancel_reason": subscription.cancel_reason or None,
        "pause_collection_behavior": "void" if subscription.status == Subscription.Status.PAUSED else None,
        "paused_at": to_unix_seconds(subscription.paused_at),
        "resumes_at": to_unix_seconds(subscription.paused_until),
        "created_at": int(subscription.created_at.timestamp()),
        "updated_at": int(subscription.updated_at.timestamp()),
    }


def serialize_subscription_pricing(subscription: Subscription) -> SubscriptionPricingResponse:
    cycle = subscription.cycle
    will_renew = not subscription.is_over and not subscription.cancel_at_period_end
    return {
        "currency": subscription.currency,
        "current_cycle_number": cycle + (0 if subscription.trial_end else 1),
        "current_pricing_tier": None
        if subscription.is_in_trial
        else serialize_subscription_tier(subscription, cycle),
        "upcoming_pricing_tier": serialize_subscription_tier(subscription, cycle + 1) if will_renew else None,
        "next_charge_amount": str(upcoming_charge(subscription))
        if will_renew and subscription.main_line
        else None,
        "next_charge_date": to_unix_seconds(subscription.next_renewal_at) if will_renew else None,
    }


def serialize_subscription_tier(subscription: Subscription, renewal: int) -> SubscriptionTierResponse | None:
    """Return the price tier of the main line at a renewal; None if its terms are not known."""
    line = subscription.main_line
    terms = line.after_change.terms if line else None
    if not terms:
        return None
    tier = tier_of_renewal(terms, renewal)
    cycles = terms["cycles_per_charge"]
    price = price_of_renewal(terms, max(renewal, 0))
    base_price = Decimal(tier["base_price"]) * cycles
    return {
        "cycle_number": renewal + (0 if terms["trial_period_days"] else 1),
        "base_price": str(base_price),
        "selling_plan_discount": str(base_price - price),
        "final_price": str(price),
        "currency": subscription.currency,
        "policy_type": tier["policy_type"],
        "billing_cycle": terms["interval"],
        "billing_cycle_interval": terms["interval_count"] * cycles,
    }
