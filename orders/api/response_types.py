"""Response types of orders and customers. Fields beyond the API guide's are additions (W15)."""

from typing import Any, Literal, NotRequired, TypedDict

from stores.api.response_schemas import MoneyResponse


class OrderCustomerResponse(TypedDict):
    """The shopper (R173). `id` is null until the first payment makes the shopper a customer."""

    id: str | None
    name: str
    email: str
    phone: str


class ShippingAddressResponse(TypedDict):
    """The shipping address (R174). `line2` is omitted when empty."""

    name: str
    first_name: str
    last_name: str
    line1: str
    line2: NotRequired[str]
    city: str
    state: str
    postal_code: str
    country: str
    phone: str


class TaxRegionResponse(TypedDict):
    """The region that taxes the order (R175)."""

    country: str
    state: str


class OrderProductResponse(TypedDict):
    """The product as sold. The optional fields are only in a single order (R177, R178, X29)."""

    id: str
    name: str
    description: str
    default_currency: str
    active: NotRequired[bool]
    collect_shipping_address: NotRequired[bool]
    collect_tax_address: NotRequired[bool]
    created_at: NotRequired[int]
    updated_at: NotRequired[int]
    version: NotRequired[int]
    metadata: NotRequired[dict[str, str]]


class OrderVariantResponse(TypedDict):
    """The variant as sold (X30)."""

    id: str
    sku: str
    option_values: dict[str, str]
    price: MoneyResponse
    media_order: list[str]


class OrderItemResponse(TypedDict):
    """A line, with the fields of the API guide and those of the official clients (R176, R179, X30)."""

    product: OrderProductResponse
    option_values: dict[str, str]
    quantity: int
    unit_price: MoneyResponse
    total: MoneyResponse
    media_order: list[str]
    product_id: str
    product_name: str
    product_description: str
    variant_id: str
    variant: OrderVariantResponse
    selling_plan_id: str | None
    custom_text: str


class ChannelResponse(TypedDict):
    """Data from the shopper's ephemeral token (R112, R113, R116)."""

    provider: str
    order_id: str
    issued_by: str
    channel_metadata: dict[str, Any]


class OrderResponse(TypedDict):
    """An order (R171)."""

    order_number: str
    external_id: str
    created_at: int
    updated_at: int
    status: Literal["Pending", "Paid", "Shipping", "Refunded", "Canceled"]
    payment_method: str
    total_amount: MoneyResponse
    customer: OrderCustomerResponse
    shipping_address: ShippingAddressResponse | None
    tax_region: TaxRegionResponse
    items: list[OrderItemResponse]
    # Additions to the API guide.
    currency: str
    items_amount: MoneyResponse
    shipping_amount: MoneyResponse
    tax_amount: MoneyResponse
    refunded_amount: MoneyResponse
    # The part of the total that only verified the payment of a free trial. Its refund leaves the order Paid.
    verification_amount: MoneyResponse
    paid_at: int | None
    is_test: bool
    payment_link_id: str | None
    next_order_number: str | None
    channel: ChannelResponse | None


class SingleOrderResponse(OrderResponse):
    """The order twice: in `order` for the API guide, and at the top level for the official clients (W6)."""

    order: OrderResponse


class OrderListResponse(TypedDict):
    """One page of orders (R170)."""

    orders: list[OrderResponse]
    page: int
    page_size: int
    total: int


class CustomerResponse(TypedDict):
    """A customer. The three totals are whole cents."""

    id: str
    object: Literal["customer"]
    created: int
    name: str
    email: str
    phone: str
    merchant_uuid: str
    description: str
    metadata: dict[str, str]
    currency: str
    total_expense: int
    total_payment: int
    total_refund: int


class CustomerListResponse(TypedDict):
    """One page of customers."""

    customers: list[CustomerResponse]
    total: int
    page: int
    page_size: int


class PaymentMethodsResponse(TypedDict):
    """Always empty: Link stores payment methods, not this shop."""

    payment_methods: list[Any]


class EphemeralTokenResponse(TypedDict):
    """The token, shown only once, and when it expires (R117)."""

    token: str
    expires_at: int
