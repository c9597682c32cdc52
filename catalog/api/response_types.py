"""The shapes of products, plans and links in answers (facts 1C, 1D, 2.2), key by key."""

from typing import Any, NotRequired, TypedDict

from stores.api.response_schemas import MoneyResponse


class MediaResponse(TypedDict):
    """A picture (R51)."""

    id: str
    url: str
    content_type: str
    alt_text: str
    width: int | None
    height: int | None


class IncludesResponse(TypedDict):
    """What ids elsewhere speak of (R50)."""

    media: list[MediaResponse]


class SwatchResponse(TypedDict):
    """How a value looks: a color, a picture or a text (R65)."""

    type: str
    value: NotRequired[str]
    media_id: NotRequired[str]


class OptionValueResponse(TypedDict):
    """A value of an option; without a swatch there is no such key (R65)."""

    value: str
    sort_order: int
    swatch: NotRequired[SwatchResponse]


class OptionResponse(TypedDict):
    """What one can choose, such as a size (R64)."""

    name: str
    sort_order: int
    values: list[OptionValueResponse]


class BillingPolicyResponse(TypedDict):
    """How often one pays; the counts are text (2.2)."""

    interval: str
    interval_count: str
    min_cycles: NotRequired[str]


class PricingPolicyResponse(TypedDict):
    """A step of a plan's price (2.2)."""

    policy_type: str
    adjustment_type: str
    adjustment_value: str
    after_cycle: NotRequired[str]


class SellingPlanResponse(TypedDict):
    """A selling plan; its trial is a text (R71, X25, X26)."""

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
    """Plans offered together (R70)."""

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
    """The price of some cycles as decimal texts (R15, R73). Subtotals are for `total_cycles` of them, or for
    one where that is 0, which means for good; `price` is always for one."""

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
    """What a variant costs by a plan; its trial is a number (R72, X25)."""

    selling_plan_id: str
    selling_plan_name: str
    billing_cycle: str
    currency: str
    trial_period_days: int
    pricing_tiers: list[PricingTierResponse]


class CalculatedPriceResponse(TypedDict):
    """What one unit costs when money is taken for the first time, and all tiers after that."""

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
    """A combination of options that is sold (R66, R67). No `inventory_quantity`: not counted.

    No `next_variant_id`: the NEXT store does not know it, and it cannot be bought.
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
    """A product (R55 to R69)."""

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
    """A variant on a link: a primary one, or an add-on with its limits (R43 to R45)."""

    variant_id: str
    is_primary: bool
    quantity: int
    min_quantity: int | None
    max_quantity: int | None
    variant: VariantResponse


class PriceRangeResponse(TypedDict):
    """The lowest and the highest price of the primary variants (R47, R48)."""

    min: MoneyResponse
    max: MoneyResponse


class PaymentLinkResponse(TypedDict):
    """A payment link (R36 to R54, X7). Keys from `metadata` on are additions to the guide."""

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
    """One page of links (R89)."""

    page: int
    page_size: int
    total: int
    payment_links: list[PaymentLinkResponse]


class ProductPageResponse(TypedDict):
    """One page of products."""

    page: int
    page_size: int
    total: int
    products: list[ProductResponse]
