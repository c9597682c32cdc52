"""Catalog models."""

from .hold import Hold
from .payment_link import LinkVariant, LinkVisitCount, PaymentLink
from .product import Media, Product, ProductSync, Variant
from .selling_plan import PlanGroupUse, SellingPlan, SellingPlanGroup

__all__ = [
    "Hold",
    "LinkVariant",
    "LinkVisitCount",
    "Media",
    "PaymentLink",
    "PlanGroupUse",
    "Product",
    "ProductSync",
    "SellingPlan",
    "SellingPlanGroup",
    "Variant",
]
