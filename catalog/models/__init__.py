from .hold import Hold
from .link_visit_count import LinkVisitCount
from .payment_link import LinkVariant, PaymentLink
from .product import Media, Product, Variant
from .product_sync import ProductSync
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
