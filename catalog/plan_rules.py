"""Which selling plans can be sold: NEXT must sell the product at that interval, and Link charge the price."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext as _

from catalog.models import PricingPolicy, Product, SellingPlan
from catalog.models.selling_plan import AdjustmentType, SellingPlanStatus
from catalog.validation import explain_uncharged_price
from stores.errors import Problem


class BillingTerms(Protocol):
    """How often a plan, or the draft of one, charges."""

    @property
    def billing_policy_type(self) -> str: ...
    @property
    def interval(self) -> str: ...
    @property
    def interval_count(self) -> int: ...
    @property
    def min_cycles(self) -> int | None: ...
    @property
    def status(self) -> str: ...


def is_sold_by_next(product: Product, *, terms: BillingTerms) -> bool:
    """Return False if the last sync says that NEXT would refuse the plan for this product."""
    return not explain_refused_plan(product, terms=terms)


def explain_refused_plan(product: Product, *, terms: BillingTerms) -> str:
    """Return why NEXT would refuse the plan for this product, as a sentence for staff, or ""."""
    if product.allows_subscriptions is False:
        return _(
            "NEXT Commerce doesn't sell “%(product)s” by subscription."
            " Turn on subscriptions for it there, then import products again."
        ) % {"product": product}
    count = terms.interval_count
    if terms.billing_policy_type == SellingPlan.Billing.PREPAID:
        count *= terms.min_cycles or 1
    has_interval = product.subscription_interval in {"", terms.interval}
    if has_interval and count in (product.subscription_interval_counts or [count]):
        return ""
    return _(
        "NEXT Commerce doesn't sell “%(product)s” every %(count)d %(interval)s."
        " Add this interval there and import products again, or change the plan."
    ) % {
        "product": product,
        "count": count,
        "interval": SellingPlan.Interval(terms.interval).label,
    }


def require_groups_sold_by_next(*, product: Product, group_ids: Iterable[str]) -> None:
    """Raise Problem if NEXT would refuse an active plan of these groups for this product."""
    plans = SellingPlan.objects.filter(group__in=list(group_ids), status=SellingPlanStatus.ACTIVE)
    for plan in plans:
        if problem := explain_refused_plan(product, terms=plan):
            raise Problem(problem, field="selling_plan_group_ids")


def require_sold_by_next(terms: BillingTerms, group_id: str) -> None:
    """Raise Problem if NEXT would refuse the plan for a product that has its group."""
    if terms.status != SellingPlanStatus.ACTIVE:
        return
    for product in Product.objects.filter(plan_group_uses__group=group_id).distinct():
        if problem := explain_refused_plan(product, terms=terms):
            raise Problem(problem, field="billing_policy.interval")


def require_chargeable_price(price: Decimal, currency: str, *, field: str) -> None:
    """Raise Problem for a price that is neither free nor high enough to be charged."""
    if price and (problem := explain_uncharged_price(price, currency)):
        raise Problem(problem, field=field)


def require_chargeable_steps(policies: Iterable[PricingPolicy], currency: str) -> None:
    """Raise Problem for a price step to a price that is neither free nor high enough to be charged."""
    for policy in policies:
        if policy.adjustment_type == AdjustmentType.PRICE:
            price = Decimal(policy.adjustment_value)
            require_chargeable_price(price, currency, field="pricing_policy")
