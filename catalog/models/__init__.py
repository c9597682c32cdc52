"""Catalog models."""

from .catalog_import import CatalogImport, ImportedProduct
from .category import Category
from .hold import Hold
from .imported_picture import ImportedPicture
from .media import Media
from .next_product import NextPicture, NextProductRecord, NextProductRefresh, ProductDifference
from .option import OptionValue, ProductOption
from .payment_link import LinkQuestion, LinkTag, LinkVariant, LinkVisitCount, PaymentLink
from .price_history import VariantPrice
from .product import Product
from .product_sync import ProductSync, ProductSyncNote, SeenNextProduct, SeenNextVariant
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
    "ImportedPicture",
    "ImportedProduct",
    "LinkQuestion",
    "LinkTag",
    "LinkVariant",
    "LinkVisitCount",
    "Media",
    "NextPicture",
    "NextProductRecord",
    "NextProductRefresh",
    "OptionValue",
    "PaymentLink",
    "PlanGroupUse",
    "PricingPolicy",
    "Product",
    "ProductDifference",
    "ProductOption",
    "ProductSync",
    "ProductSyncNote",
    "SeenNextProduct",
    "SeenNextVariant",
    "SellingPlan",
    "SellingPlanGroup",
    "SellingPlanGroupOption",
    "Variant",
    "VariantMedia",
    "VariantOptionValue",
    "VariantPrice",
]
