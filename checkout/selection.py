"""The lines that a shopper chose to buy, before they are priced."""

from dataclasses import dataclass, field
from decimal import Decimal

from catalog.models import PaymentLink, SellingPlan, Variant
from catalog.plan_snapshot import snapshot_plan
from catalog.plan_text import format_plan_terms

CART_SOURCE = "cart"
MAX_QUANTITY = 999  # per line; a payment link may allow fewer


@dataclass(frozen=True)
class SelectionLine:
    """A quantity of one variant, bought once or by subscription."""

    variant: Variant  # with `product` loaded
    quantity: int
    plan: SellingPlan | None = None
    custom_text: str = ""
    own_price: Decimal | None = None  # for one unit: the link's own, or entered within the link's limits

    def format_plan_terms(self, *, is_shipping_open: bool = False) -> str:
        """Return the plan's prices for this quantity as text for shoppers. Empty without a plan."""
        if self.plan is None:
            return ""
        product = self.variant.product
        return format_plan_terms(
            terms=snapshot_plan(variant=self.variant, plan=self.plan),
            currency=product.default_currency,
            quantity=self.quantity,
            is_shipping_open=is_shipping_open,
        )


@dataclass(frozen=True)
class Selection:
    """The lines of one purchase.

    `source` is CART_SOURCE, the payment link's id, or the id of a variant that is bought directly.
    """

    source: str
    lines: tuple[SelectionLine, ...]
    link: PaymentLink | None = None
    attribution: dict[str, str] = field(
        default_factory=dict
    )  # utm_source and others, by their NEXT Commerce names

    @property
    def is_cart(self) -> bool:
        return self.source == CART_SOURCE

    @property
    def needs_shipping(self) -> bool:
        return any(line.variant.product.collect_shipping_address for line in self.lines)

    @property
    def has_subscription(self) -> bool:
        """Return True if any line renews until the shopper cancels."""
        return any(line.plan for line in self.lines)

    @property
    def early_starts(self) -> list[str]:
        """Return the names of the products whose delivery begins at once, each once."""
        products = [line.variant.product for line in self.lines]
        return list(dict.fromkeys(product.name for product in products if product.starts_early))

    @property
    def needs_tax_address(self) -> bool:
        """Return True if tax needs the shopper's address even if nothing ships."""
        return any(line.variant.product.collect_tax_address for line in self.lines)
