"""What a variant costs, once or by a plan."""

from decimal import Decimal

from catalog.models import SellingPlan, Variant


def first_price(*, variant: Variant, plan: SellingPlan | None) -> Decimal:
    """Return the price of one unit in the first cycle, or of a one-time purchase."""
    return variant.price
