"""Catalog models."""

from .catalog_import import CatalogImport, ImportedProduct
from .category import Category
from .hold import Hold
from .media import Media
from .option import OptionValue, ProductOption
from .payment_link import LinkQuestion, LinkTag, LinkVariant, LinkVisitCount, PaymentLink
from .product import Product, ProductSync, SeenNextProduct, SeenNextVariant
from .selling_plan import (
    PlanGroupUse,
    PricingPolicy,
    SellingPlan,
    SellingPlanGroup,
    SellingPlanGroupOption,
)
from .variant import Variant, VariantMedia, VariantOptionValue

__all__ = [
    "CatalogImport",
    "Category",
    "Hold",
    "ImportedProduct",
    "LinkQuestion",
    "LinkTag",
    "LinkVariant",
    "LinkVisitCount",
    "Media",
    "OptionValue",
    "PaymentLink",
    "PlanGroupUse",
    "PricingPolicy",
    "Product",
    "ProductOption",
    "ProductSync",
    "SeenNextProduct",
    "SeenNextVariant",
    "SellingPlan",
    "SellingPlanGroup",
    "SellingPlanGroupOption",
    "Variant",
    "VariantMedia",
    "VariantOptionValue",
]
