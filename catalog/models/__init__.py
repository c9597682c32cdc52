"""Catalog models."""

from .hold import Hold
from .payment_link import LinkVariant, LinkVisitCount, PaymentLink
from .product import Media, Product, ProductSync, Variant
from .selling_plan import (
    PlanGroupUse,
    PricingPolicy,
    SellingPlan,
    SellingPlanGroup,
    SellingPlanGroupOption,
)

__all__ = [
    "Hold",
    "LinkVariant",
    "LinkVisitCount",
    "Media",
    "PaymentLink",
    "PlanGroupUse",
    "PricingPolicy",
    "Product",
    "ProductSync",
    "SellingPlan",
    "SellingPlanGroup",
    "SellingPlanGroupOption",
    "Variant",
]
