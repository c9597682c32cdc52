from .hold import Hold
from .payment_link import LinkVariant, PaymentLink
from .product import Media, Product, Variant
from .selling_plan import PlanGroupUse, SellingPlan, SellingPlanGroup

__all__ = [
    "Hold",
    "LinkVariant",
    "Media",
    "PaymentLink",
    "PlanGroupUse",
    "Product",
    "SellingPlan",
    "SellingPlanGroup",
    "Variant",
]
