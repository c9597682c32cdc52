"""What a shopper chose, before it is priced."""

from dataclasses import dataclass, field

from catalog.models import PaymentLink, SellingPlan, Variant
from catalog.plan_text import format_plan_terms

MAX_QUANTITY = 999  # of one line; a link may allow fewer


@dataclass(frozen=True)
class SelectionLine:
    """So many of one variant, once or by a plan."""

    variant: Variant  # with `product` loaded
    quantity: int
    plan: SellingPlan | None = None
    custom_text: str = ""

    @property
    def plan_terms(self) -> str:
        """What is charged when, in the shopper's words; nothing where it is bought once."""
        if self.plan is None:
            return ""
        currency = self.variant.product.default_currency
        return format_plan_terms(plan=self.plan, base_price=self.variant.price, currency=currency)


@dataclass(frozen=True)
class Selection:
    """The lines of one purchase.

    `source` is "cart", the payment link's id, or the id of a variant that is bought directly.
    """

    source: str
    lines: tuple[SelectionLine, ...]
    link: PaymentLink | None = None
    attribution: dict[str, str] = field(default_factory=dict)  # utm_source, … as the admin API names them

    @property
    def needs_shipping(self) -> bool:
        return any(line.variant.product.collect_shipping_address for line in self.lines)

    @property
    def has_subscription(self) -> bool:
        """Something in it is bought again and again, until the shopper ends it."""
        return any(line.plan for line in self.lines)

    @property
    def needs_tax_address(self) -> bool:
        """Nothing is shipped, but tax asks where the shopper lives."""
        return any(line.variant.product.collect_tax_address for line in self.lines)
