"""What one page of the shop sells, before anything is chosen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from catalog.availability import has_stock
from catalog.bundles import IncludedItem
from catalog.models import LinkVariant, PaymentLink, Product, Variant


@dataclass(frozen=True)
class ProductListing:
    """What one page sells: variants of a product and, on a payment link, add-ons.

    If none of the variants can be bought, it shows all of them and sells nothing.
    """

    product: Product
    variants: list[Variant]
    default: Variant
    link: PaymentLink | None = None
    add_ons: list[LinkVariant] = field(default_factory=list)
    is_for_sale: bool = True
    # An add-on that the link requires is sold out or can't be bought.
    lacks_add_on: bool = False
    # What comes with every purchase, for a link that is a bundle.
    included: list[IncludedItem] = field(default_factory=list)
    # The link's own prices for one unit, by variant.
    own_prices: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def fixed_quantity(self) -> int | None:
        return self.link.fixed_quantity if self.link else None

    @property
    def sold_out(self) -> bool:
        return self.lacks_add_on or all(self.is_sold_out(variant) for variant in self.variants)

    def is_sold_out(self, variant: Variant) -> bool:
        """Return True if the variant can't be delivered in the quantity that each purchase has."""
        return not has_stock(variant, self.fixed_quantity or 1)

    def get_price(self, variant: Variant) -> Decimal:
        """Return what one unit of the variant costs here."""
        return self.own_prices.get(variant.pk, variant.price)

    @property
    def price_range(self) -> tuple[Decimal, Decimal]:
        """The least and the most that can be bought for once, with what nobody can leave out."""
        prices = [self.get_price(variant) * (self.fixed_quantity or 1) for variant in self.variants]
        return min(prices) + self.required_price, max(prices) + self.required_price

    @property
    def required_price(self) -> Decimal:
        """What the required add-ons cost, which nobody can leave out."""
        amounts = (row.unit_price * row.min_quantity for row in self.add_ons if row.min_quantity)
        return sum((item.price for item in self.included), sum(amounts, Decimal("0.00")))
