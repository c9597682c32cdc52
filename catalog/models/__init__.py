"""Catalog models."""

from .hold import Hold
from .media import Media
from .option import OptionValue, ProductOption
from .payment_link import LinkVariant, LinkVisitCount, PaymentLink
from .product import Product, ProductSync, SeenNextProduct
from .selling_plan import PlanGroupUse, SellingPlan, SellingPlanGroup
from .variant import Variant, VariantMedia, VariantOptionValue

__all__ = [
    "Hold",
    "LinkVariant",
    "LinkVisitCount",
    "Media",
    "OptionValue",
    "PaymentLink",
    "PlanGroupUse",
    "Product",
    "ProductOption",
    "ProductSync",
    "SeenNextProduct",
    "SellingPlan",
    "SellingPlanGroup",
    "Variant",
    "VariantMedia",
    "VariantOptionValue",
]
