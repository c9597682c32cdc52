"""API responses about subscriptions: amounts are strings, times Unix seconds."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from catalog.plan_snapshot import price_of_renewal, tier_of_renewal
from stores.api.fields import AmountStringField, ConstantField, StringMapField, UnixTimeField
from stores.api.serializers import ResponseSerializer, make_list_response
from subscriptions.models import Subscription, SubscriptionLine
from subscriptions.subscription_lines import upcoming_charge

# NEXT Commerce has no incomplete subscriptions, but the API's clients know the status.
SUBSCRIPTION_STATUSES = ("incomplete", *Subscription.Status.values)


class SubscriptionTierResponse(ResponseSerializer):
    """The price of a billing cycle."""

    cycle_number = serializers.IntegerField()
    base_price = AmountStringField()
    selling_plan_discount = AmountStringField()
    final_price = AmountStringField()
    currency = serializers.CharField()
    policy_type = serializers.CharField()
    billing_cycle = serializers.CharField()
    billing_cycle_interval = serializers.IntegerField()


class ProductValues:
    """Computes the product, variant, and plan of a subscription."""

    def compute_selling_plan_id(self, subscription: Subscription) -> str | None:
        return _terms(subscription).get("selling_plan_id")

    def compute_product_id(self, subscription: Subscription) -> str | None:
        return _main_line(subscription).product_id or None

    def compute_variant_id(self, subscription: Subscription) -> str | None:
        return _main_line(subscription).variant_id or None

    def compute_quantity(self, subscription: Subscription) -> int:
        return _main_line(subscription).quantity

    def compute_product_name(self, subscription: Subscription) -> str:
        return _main_line(subscription).name

    def compute_variant_title(self, subscription: Subscription) -> str:
        return _main_line(subscription).title

    def compute_selling_plan_name(self, subscription: Subscription) -> str:
        return _terms(subscription).get("name", "")


class DateValues:
    """Computes when a subscription started, renews, pauses, and ends."""

    def compute_billing_cycle_anchor(self, subscription: Subscription) -> datetime.datetime:
        return subscription.order.paid_at or subscription.created_at

    def compute_current_period_start(self, subscription: Subscription) -> datetime.datetime:
        return subscription.period_start or subscription.created_at

    def compute_current_period_end(self, subscription: Subscription) -> datetime.datetime | None:
        ends_at = subscription.ends_at if subscription.cancel_at_period_end else None
        return subscription.next_renewal_at or ends_at or subscription.scheduled_renewal_at

    def compute_trial_start(self, subscription: Subscription) -> datetime.datetime | None:
        return subscription.order.paid_at if subscription.trial_end else None

    def compute_cancel_reason(self, subscription: Subscription) -> str | None:
        return subscription.cancel_reason or None

    def compute_pause_collection_behavior(self, subscription: Subscription) -> str | None:
        return "void" if subscription.status == Subscription.Status.PAUSED else None


class PricingValues:
    """Computes the current and the next price of a subscription."""

    def compute_current_cycle_number(self, subscription: Subscription) -> int:
        return subscription.cycle + (0 if subscription.trial_end else 1)

    def compute_current_pricing_tier(self, subscription: Subscription) -> dict[str, Any] | None:
        return None if subscription.is_in_trial else _build_tier(subscription, subscription.cycle)

    def compute_upcoming_pricing_tier(self, subscription: Subscription) -> dict[str, Any] | None:
        return _build_tier(subscription, subscription.cycle + 1) if _will_renew(subscription) else None

    def compute_next_charge_amount(self, subscription: Subscription) -> Decimal | None:
        has_charge = _will_renew(subscription) and subscription.main_line
        return upcoming_charge(subscription) if has_charge else None

    def compute_next_charge_date(self, subscription: Subscription) -> datetime.datetime | None:
        return subscription.next_renewal_at if _will_renew(subscription) else None


class SubscriptionResponse(ProductValues, DateValues, PricingValues, ResponseSerializer):
    """A subscription. Times are Unix seconds."""

    id = serializers.CharField()
    merchant_id = serializers.CharField(source="store.slug")
    customer_id = serializers.CharField(allow_null=True)
    customer_email = serializers.CharField(source="order.email")
    customer_name = serializers.CharField(source="order.name")
    selling_plan_id = serializers.CharField(allow_null=True)
    product_id = serializers.CharField(allow_null=True)
    variant_id = serializers.CharField(allow_null=True)
    quantity = serializers.IntegerField()
    product_name = serializers.CharField()
    variant_title = serializers.CharField()
    selling_plan_name = serializers.CharField()
    status = serializers.ChoiceField(choices=SUBSCRIPTION_STATUSES)
    collection_method = ConstantField("charge_automatically")
    billing_cycle_anchor = UnixTimeField()
    current_period_start = UnixTimeField()
    current_period_end = UnixTimeField(allow_null=True)
    trial_start = UnixTimeField(allow_null=True)
    trial_end = UnixTimeField(allow_null=True)
    canceled_at = UnixTimeField(allow_null=True)
    cancel_at_period_end = serializers.BooleanField()
    cancel_reason = serializers.CharField(allow_null=True)
    pause_collection_behavior = serializers.CharField(allow_null=True)
    paused_at = UnixTimeField(allow_null=True)
    resumes_at = UnixTimeField(source="paused_until", allow_null=True)
    created_at = UnixTimeField()
    updated_at = UnixTimeField()
    currency = serializers.CharField()
    current_cycle_number = serializers.IntegerField()
    current_pricing_tier = SubscriptionTierResponse(allow_null=True)
    upcoming_pricing_tier = SubscriptionTierResponse(allow_null=True)
    next_charge_amount = AmountStringField(allow_null=True)
    next_charge_date = UnixTimeField(allow_null=True)
    latest_invoice_id = serializers.CharField(allow_null=True)
    default_payment_method_type = serializers.CharField(source="order.payment_method")
    metadata = StringMapField()
    external_id = serializers.CharField(source="next_subscription_id")
    # Our additions.
    order_number = serializers.CharField(source="order.number")
    next_status = serializers.CharField()
    is_test = serializers.BooleanField(source="order.is_test")


SubscriptionListResponse = make_list_response(SubscriptionResponse)


@dataclass(frozen=True)
class ChangeSummary:
    """What a change does, or would do, to a subscription."""

    applied: bool
    is_upgrade: bool
    effective_date: datetime.datetime | None
    proration_behavior: str


class SubscriptionChangeResponse(SubscriptionResponse):
    """A subscription after a change, or as a change would leave it."""

    applied = serializers.BooleanField()
    is_upgrade = serializers.BooleanField()
    effective_date = UnixTimeField(allow_null=True)
    charge_today = ConstantField("0.00")
    proration_behavior = serializers.ChoiceField(choices=("none", "create_prorations"))

    def compute_applied(self, subscription: Subscription) -> bool:
        return self._summary.applied

    def compute_is_upgrade(self, subscription: Subscription) -> bool:
        return self._summary.is_upgrade

    def compute_effective_date(self, subscription: Subscription) -> datetime.datetime | None:
        return self._summary.effective_date

    def compute_proration_behavior(self, subscription: Subscription) -> str:
        return self._summary.proration_behavior

    @property
    def _summary(self) -> ChangeSummary:
        return self.context["summary"]


def _main_line(subscription: Subscription) -> SubscriptionLine:
    return subscription.main_line or SubscriptionLine()


def _terms(subscription: Subscription) -> dict[str, Any]:
    """Return the terms with a requested change, which count at once; unlike another variant or quantity."""
    terms: dict[str, Any] = _main_line(subscription).after_change.terms
    return terms


def _will_renew(subscription: Subscription) -> bool:
    return not subscription.is_over and not subscription.cancel_at_period_end


def _build_tier(subscription: Subscription, renewal: int) -> dict[str, Any] | None:
    """Return the price tier of the main line at a renewal; None if its terms are not known."""
    terms: Any = _terms(subscription)
    if not terms:
        return None
    tier = tier_of_renewal(terms, renewal)
    cycles = terms["cycles_per_charge"]
    price = price_of_renewal(terms, max(renewal, 0))
    base_price = Decimal(tier["base_price"]) * cycles
    return {
        "cycle_number": renewal + (0 if terms["trial_period_days"] else 1),
        "base_price": base_price,
        "selling_plan_discount": base_price - price,
        "final_price": price,
        "currency": subscription.currency,
        "policy_type": tier["policy_type"],
        "billing_cycle": terms["interval"],
        "billing_cycle_interval": terms["interval_count"] * cycles,
    }
