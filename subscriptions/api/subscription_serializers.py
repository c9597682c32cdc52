"""Rows made into the shapes of the API."""

from decimal import Decimal
from typing import Any, cast

from catalog.plan_snapshot import price_of_renewal, tier_of_renewal
from stores.api.response_schemas import seconds
from subscriptions.api.response_types import (
    SubscriptionGoodsShape,
    SubscriptionPricesShape,
    SubscriptionShape,
    SubscriptionTierShape,
    SubscriptionTimesShape,
)
from subscriptions.models import Subscription
from subscriptions.subscription_lines import next_charge


def subscription_shape(subscription: Subscription) -> SubscriptionShape:
    """Needs `store`, `order` and `customer` loaded, and `latest_invoice_id` annotated where there is one."""
    order = subscription.order
    return {
        "id": subscription.pk,
        "merchant_id": subscription.store.slug,
        "customer_id": subscription.customer_id,
        "customer_email": order.email,
        "customer_name": order.name,
        **goods_shape(subscription),
        "status": cast(Any, subscription.status),
        "collection_method": "charge_automatically",
        **times_shape(subscription),
        **prices_shape(subscription),
        "latest_invoice_id": getattr(subscription, "latest_invoice_id", None),
        "default_payment_method_type": "link",
        "metadata": subscription.metadata,
        "external_id": str(subscription.next_subscription_id),
        "order_number": order.number,
        "store_status": subscription.store_status,
        "is_test": order.is_test,
    }


def goods_shape(subscription: Subscription) -> SubscriptionGoodsShape:
    line = subscription.line
    terms: dict[str, Any] = line.get("terms") or {}
    return {
        "selling_plan_id": terms.get("selling_plan_id"),
        "product_id": line.get("product_id") or None,
        "variant_id": line.get("variant_id") or None,
        "quantity": line.get("quantity", 1),
        "product_name": line.get("name", ""),
        "variant_title": line.get("title", ""),
        "selling_plan_name": terms.get("name", ""),
    }


def times_shape(subscription: Subscription) -> SubscriptionTimesShape:
    paid_at = subscription.order.paid_at
    ends = subscription.ends_at if subscription.cancel_at_period_end else None
    start = subscription.period_start or subscription.created_at
    return {
        "billing_cycle_anchor": int((paid_at or subscription.created_at).timestamp()),
        "current_period_start": int(start.timestamp()),
        "current_period_end": seconds(subscription.next_renewal_at or ends or subscription.resume_to),
        "trial_start": seconds(paid_at) if subscription.trial_end else None,
        "trial_end": seconds(subscription.trial_end),
        "canceled_at": seconds(subscription.canceled_at),
        "cancel_at_period_end": subscription.cancel_at_period_end,
        "cancel_reason": subscription.cancel_reason or None,
        "pause_collection_behavior": "void" if subscription.status == Subscription.Status.PAUSED else None,
        "paused_at": seconds(subscription.paused_at),
        "resumes_at": seconds(subscription.paused_until),
        "created_at": int(subscription.created_at.timestamp()),
        "updated_at": int(subscription.updated_at.timestamp()),
    }


def prices_shape(subscription: Subscription) -> SubscriptionPricesShape:
    cycle = subscription.cycle
    goes_on = not subscription.is_over and not subscription.cancel_at_period_end
    return {
        "currency": subscription.currency,
        "current_cycle_number": cycle + (0 if subscription.trial_end else 1),
        "current_pricing_tier": None if subscription.is_in_trial else tier_shape(subscription, cycle),
        "upcoming_pricing_tier": tier_shape(subscription, cycle + 1) if goes_on else None,
        "next_charge_amount": str(next_charge(subscription)) if goes_on and subscription.line else None,
        "next_charge_date": seconds(subscription.next_renewal_at) if goes_on else None,
    }


def tier_shape(subscription: Subscription, renewal: int) -> SubscriptionTierShape | None:
    """The tier of a cycle of the first line; None where its terms are not known."""
    terms = subscription.line.get("terms")
    if not terms:
        return None
    tier = tier_of_renewal(terms, renewal)
    size = terms["cycles_at_once"]
    price, base = price_of_renewal(terms, max(renewal, 0)), Decimal(tier["base_price"]) * size
    return {
        "cycle_number": renewal + (0 if terms["trial_period_days"] else 1),
        "base_price": str(base),
        "selling_plan_discount": str(base - price),
        "final_price": str(price),
        "currency": subscription.currency,
        "policy_type": tier["policy_type"],
        "billing_cycle": terms["interval"],
        "billing_cycle_interval": terms["interval_count"] * size,
    }
