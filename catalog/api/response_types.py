"""Response types of products, selling plans, and payment links.

Their docstrings are the descriptions in the OpenAPI document.
"""

from typing import Any, NotRequired, TypedDict

from stores.api.response_schemas import MoneyResponse


class MediaResponse(TypedDict):
    """A picture."""

    id: str
    url: str
    content_type: str
    alt_text: str
    width: int | None
    height: int | None


class IncludesResponse(TypedDict):
    """The objects that ids elsewhere in the response refer to."""

    media: list[MediaResponse]


class SwatchResponse(TypedDict):
    """How an option value looks: a color, an image, or text."""

    type: str
    value: NotRequired[str]
    media_id: NotRequired[str]


class OptionValueResponse(TypedDict):
    """A value of an option. The `swatch` key is absent if there is none."""

    value: str
    sort_order: int
    swatch: NotRequired[SwatchResponse]


class OptionResponse(TypedDict):
    """A choice that shoppers make, such as a size."""

    name: str
    sort_order: int
    values: list[OptionValueResponse]


class BillingPolicyResponse(TypedDict):
    """How often subscribers pay. Counts are strings."""

    interval: str
    interval_count: str
    min_cycles: NotRequired[str]


class PricingPolicyResponse(TypedDict):
    """A step of a plan's price."""

    policy_type: str
    adjustment_type: str
    adjustment_value: str
    after_cycle: NotRequired[str]


class SellingPlanResponse(TypedDict):
    """A selling plan. `trial_period_days` and `priority` are strings."""

    id: str
    selling_plan_group_id: str
    merchant_id: str
    name: str
    description: str
    billing_policy_type: str
    billing_policy: BillingPolicyResponse
    pricing_policy: list[PricingPolicyResponse]
    trial_period_days: str
    trial_price: NotRequired[str]
    valid_from: int | None
    valid_until: int | None
    priority: str
    status: str
    created_at: int
    updated_at: int
    version: int


class SellingPlanGroupResponse(TypedDict):
    """Selling plans that are offered together."""

    id: str
    merchant_id: str
    name: str
    description: str
    options: list[str]
    status: str
    selling_plans: list[SellingPlanResponse]
    created_at: int
    updated_at: int


class PricingTierResponse(TypedDict):
    """The price of some billing cycles. Amounts are decimal strings.

    Subtotals cover `total_cycles` cycles, or one cycle if that is 0, which means forever.
    `price` is always for one cycle.
    """

    policy_type: str
    after_cycle: int
    cycle_description: str
    total_cycles: int
    base_price: str
    selling_plan_discount: str
    subtotal_before_policy: str
    subtotal_after_policy: str
    price: str


class SellingPlanPricingResponse(TypedDict):
    """The price of a variant on a plan. `trial_period_days` is a number here."""

    selling_plan_id: str
    selling_plan_name: str
    billing_cycle: str
    currency: str
    trial_period_days: int
    pricing_tiers: list[PricingTierResponse]


class CalculatedPriceResponse(TypedDict):
    """The first charge for one unit, and all pricing tiers."""

    base_price: str
    total_cycles: int
    subtotal_before_policy: str
    selling_plan_discount: str
    subtotal_after_policy: str
    currency: str
    billing_cycle: str
    trial_period_days: int
    pricing_tiers: list[PricingTierResponse]


class VariantResponse(TypedDict):
    """A combination of option values that is for sale.

    If `inventory_quantity` is null, stock is not tracked. If `next_variant_id` is null, NEXT Commerce
    does not have the variant, and shoppers can't buy it.
    """

    id: str
    sku: str
    active: bool
    version: int
    inventory_quantity: int | None
    option_values: dict[str, str]
    price: MoneyResponse
    media_order: list[str]
    selling_plan_group_ids: list[str]
    selling_plan_groups: list[SellingPlanGroupResponse]
    selling_plan_pricing: list[SellingPlanPricingResponse]
    next_variant_id: int | None


class ProductResponse(TypedDict):
    """A product with all its variants."""

    id: str
    name: str
    description: str
    active: bool
    listed: bool
    slug: str
    default_currency: str
    created_at: int
    updated_at: int
    version: int
    collect_shipping_address: bool
    collect_tax_address: bool
    tax_code: str
    requires_selling_plan: bool
    selling_plan_group_ids: list[str]
    selling_plan_groups: list[SellingPlanGroupResponse]
    metadata: dict[str, str]
    price: MoneyResponse
    media_order: list[str]
    options: list[OptionResponse]
    variants: list[VariantResponse]
    includes: IncludesResponse
    next_product_id: int | None


class LinkVariantResponse(TypedDict):
    """A variant on a payment link: a primary variant, or an add-on with quantity limits."""

    variant_id: str
    is_primary: bool
    quantity: int
    min_quantity: int | None
    max_quantity: int | None
    variant: VariantResponse


class PriceRangeResponse(TypedDict):
    """The lowest and highest price of the primary variants."""

    min: MoneyResponse
    max: MoneyResponse


class PaymentLinkResponse(TypedDict):
    """A payment link with everything it sells."""

    id: str
    active: bool
    created_at: int
    updated_at: int
    url: str
    variant_config: dict[str, Any]
    product: ProductResponse
    primary_variants: list[LinkVariantResponse]
    addon_variants: list[LinkVariantResponse]
    price_range: PriceRangeResponse
    includes: IncludesResponse
    product_id: str
    default_variant_id: str
    primary_variant_id: str
    metadata: dict[str, str]
    opens_at: int | None
    expires_at: int | None
    closed_message: str
    max_quantity: int | None
    uses_left: int | None
    prefilled_email: str
    return_url: str
    custom_text_label: str


class PaymentLinkPageResponse(TypedDict):
    """A page of payment links."""

    page: int
    page_size: int
    total: int
    payment_links: list[PaymentLinkResponse]


class ProductPageResponse(TypedDict):
    """A page of products."""

    page: int
    page_size: int
    total: int
    products: list[ProductResponse]
