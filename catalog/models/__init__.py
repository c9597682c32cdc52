from .hold import Hold
from .link_visits import LinkVisits
from .payment_link import LinkVariant, PaymentLink
from .product import Media, Product, Variant
from .selling_plan import PlanGroupUse, SellingPlan, SellingPlanGroup
from .sync import CatalogSync

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
