from .hold import Hold
from .link_visit import LinkVisits
from .payment_link import LinkVariant, PaymentLink
from .product import Media, Product, Variant
from .product_sync import CatalogSync
from .selling_plan import PlanGroupUse, SellingPlan, SellingPlanGroup

__all__ = [
    "CatalogSync",
    "Hold",
    "LinkVariant",
    "LinkVisits",
    "Media",
    "PaymentLink",
    "PlanGroupUse",
    "Product",
    "SellingPlan",
    "SellingPlanGroup",
    "Variant",
]
