"""The values that create or update a product, from whatever source: the API or a CSV file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class VariantDraft:
    """Values for a variant. None keeps the current value, or the model's default for a new variant.

    With `is_counted` False, stock is not counted and `inventory_quantity` is ignored. `version` is the
    variant's version when the caller read its stock.
    """

    option_values: Mapping[str, str]
    price: Decimal
    id: str = ""
    active: bool = True
    inventory_quantity: int | None = None
    is_counted: bool = True
    media_order: Sequence[str] = ()
    selling_plan_group_ids: Sequence[str] = ()
    sku: str | None = None
    gtin: str | None = None
    next_variant_id: int | None = None
    version: int | None = None


@dataclass(frozen=True)
class ProductDraft:
    """Values for a product and all of its variants, in order. None keeps the current value."""

    name: str
    variants: Sequence[VariantDraft]
    options: Sequence[Mapping[str, Any]] = ()
    description: str = ""
    active: bool = True
    default_currency: str = ""
    tax_code: str = ""
    collect_shipping_address: bool = False
    collect_tax_address: bool = False
    requires_selling_plan: bool = False
    media_order: Sequence[str] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    selling_plan_group_ids: Sequence[str] = ()
    slug: str | None = None
    listed: bool | None = None
    seo_title: str | None = None
    seo_description: str | None = None
    # Slugs of categories of the store, in order.
    categories: Sequence[str] | None = None
    next_product_id: int | None = None
