"""API responses about subscriptions: amounts are strings, times Unix seconds."""

from typing import Literal, TypedDict


class SubscriptionTierResponse(TypedDict):
    """The price of a billing cycle."""

    cycle_number: int
    base_price: str
    selling_plan_discount: str
    final_price: str
    currency: str
    policy_type: str
    billing_cycle: str
    billing_cycle_interval: int


class SubscriptionProductResponse(TypedDict):
    """The product, variant, and plan of the subscription."""

    selling_plan_id: str | None
    product_id: str | None
    variant_id: str | None
    quantity: int
    product_name: str
    variant_title: str
    selling_plan_name: str


class SubscriptionDatesResponse(TypedDict):
    """When the subscription started, renews, pauses, and ends."""

    billing_cycle_anchor: int
    current_period_start: int
    current_period_end: int | None
    trial_start: int | None
    trial_end: int | None
    canceled_at: int | None
    cancel_at_period_end: bool
    cancel_reason: str | None
    pause_collection_behavior: str | None
    paused_at: int | None
    resumes_at: int | None
    created_at: int
    updated_at: int


class SubscriptionPricingResponse(TypedDict):
    """The current and the next price."""

    currency: str
    current_cycle_number: int
    current_pricing_tier: SubscriptionTierResponse | None
    upcoming_pricing_tier: SubscriptionTierResponse | None
    next_charge_amount: str | None
    next_charge_date: int | None


class SubscriptionResponse(
    SubscriptionProductResponse, SubscriptionDatesResponse, SubscriptionPricingResponse
):
    """A subscription. Times are Unix seconds."""

    id: str
    merchant_id: str
    customer_id: str | None
    customer_email: str
    customer_name: str
    status: Literal["incomplete", "active", "paused", "past_due", "canceled"]
    collection_method: Literal["charge_automatically"]
    latest_invoice_id: str | None
    default_payment_method_type: str
    metadata: dict[str, str]
    external_id: str
    # Our additions.
    order_number: str
    next_status: str
    is_test: bool


class SubscriptionChangeResponse(SubscriptionResponse):
    """A subscription after a change, or as a change would leave it."""

    applied: bool
    is_upgrade: bool
    effective_date: int | None
    charge_today: Literal["0.00"]
    proration_behavior: Literal["none", "create_prorations"]
