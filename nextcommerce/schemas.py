"""What the shop needs of NEXT, read by `deserializers`. A `status` is NEXT's word; see `statuses`."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from nextcommerce.statuses import (
    NextEventSubject,
    NextFulfillmentStatus,
    NextOrderStatus,
    NextParcelStatus,
    NextPaymentStatus,
    NextSubscriptionStatus,
    NextTransactionType,
)

Metadata = Mapping[str, str | int]  # as attached to an order or a line


@dataclass(frozen=True)
class NextTaxLine:
    """A tax of an order, of its shipping, or of a line."""

    id: int | None
    name: str
    amount: Decimal
    rate: Decimal | None  # as NEXT sends it: a fraction or a percentage, which isn't documented


@dataclass(frozen=True)
class NextLine:
    """A line of an order; `NextOrder.line_total` says how to read its prices."""

    id: int | None
    variant_id: int | None
    title: str
    variant_title: str
    sku: str
    quantity: int
    current_quantity: int  # without what was refunded or removed
    fulfillable_quantity: int  # of those, what hasn't shipped
    price_excl_tax: Decimal | None
    price_incl_tax: Decimal | None
    total_discount: Decimal | None  # of the whole line; its prices are after it
    tax_lines: tuple[NextTaxLine, ...]
    is_upsell: bool
    metadata: Metadata


@dataclass(frozen=True)
class NextTransaction:
    """An attempted or completed money movement, such as a charge or a refund."""

    id: int | None
    type: NextTransactionType  # also of one that failed or is pending
    amount: Decimal
    created_at: datetime.datetime | None
    is_authorization: bool  # money was set aside
    is_charge: bool  # money was taken
    is_refund: bool  # money was given back
    has_failed: bool
    billing_cycle: int | None  # of the subscription's charge


@dataclass(frozen=True)
class NextRefund:
    """A refund of an order."""

    id: int | None
    amount: Decimal
    note: str
    created_at: datetime.datetime | None
    quantities: Mapping[int, int]  # by line id
    restocked: Mapping[int, int]  # of those, the units that went back into stock, by line id


@dataclass(frozen=True)
class NextRefundQuote:
    """What NEXT would refund."""

    amount: Decimal
    refundable_charges: Mapping[int, Decimal]  # by id; a test order may have none


@dataclass(frozen=True)
class NextFulfillment:
    """A parcel."""

    id: int | None
    status: str
    delivery_status: str
    tracking_codes: tuple[str, ...]
    tracking_links: tuple[str, ...]
    tracking_carriers: tuple[str, ...]
    quantities: Mapping[int, int]  # by line id; empty if NEXT doesn't say what is in it


@dataclass(frozen=True)
class NextDiscount:
    """A discount of an order, by an offer or by a voucher with a code."""

    name: str
    description: str
    amount: Decimal
    voucher_code: str


@dataclass(frozen=True)
class NextAddress:
    """A postal address."""

    first_name: str
    last_name: str
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str


@dataclass(frozen=True)
class NextOrder:
    """An order, from `ordersRetrieve`, a webhook or the response to an upsell."""

    number: str
    status: str
    payment_status: str
    fulfillment_status: str
    is_test: bool
    is_renewal: bool  # made to renew a subscription; it repeats the first order's tags and metadata
    currency: str
    email: str
    total_incl_tax: Decimal | None
    total_excl_tax: Decimal | None
    total_tax: Decimal | None
    total_discount: Decimal | None
    total_outstanding: Decimal | None
    shipping_incl_tax: Decimal | None
    shipping_excl_tax: Decimal | None
    shipping_tax: Decimal | None
    shipping_code: str
    shipping_method: str
    shipping_address: NextAddress | None
    created_at: datetime.datetime | None
    updated_at: datetime.datetime | None
    supports_upsells: bool
    order_status_url: str
    tags: tuple[str, ...]
    metadata: Metadata  # of its attribution
    lines: tuple[NextLine, ...]
    transactions: tuple[NextTransaction, ...]
    refunds: tuple[NextRefund, ...]
    fulfillments: tuple[NextFulfillment, ...]
    discounts: tuple[NextDiscount, ...]
    # It isn't documented whether the taxes of the order contain those of its shipping: never add them up.
    tax_lines: tuple[NextTaxLine, ...]
    shipping_tax_lines: tuple[NextTaxLine, ...]
    subscription_ids: tuple[int, ...]

    @property
    def has_unit_prices(self) -> bool:
        """True if the lines' prices are per unit. They are documented as neither, so their sum decides."""
        prices = [(line.price_incl_tax or Decimal(0), line.current_quantity) for line in self.lines]
        unit_sum = sum((price * quantity for price, quantity in prices), Decimal(0))
        line_sum = sum((price for price, _quantity in prices), Decimal(0))
        lines_total = (self.total_incl_tax or Decimal(0)) - (self.shipping_incl_tax or Decimal(0))
        return unit_sum == lines_total != line_sum

    def line_total(self, line: NextLine) -> Decimal:
        """Return the price of the whole line, tax included."""
        price = line.price_incl_tax or line.price_excl_tax or Decimal(0)
        return price * line.current_quantity if self.has_unit_prices else price

    @property
    def payment(self) -> NextPaymentStatus:
        return NextPaymentStatus(self.payment_status)

    @property
    def is_untouched(self) -> bool:
        """True while the order is open and no warehouse was asked to send any of it."""
        is_open = NextOrderStatus(self.status) is NextOrderStatus.OPEN
        return (
            is_open and not self.has_shipped and NextFulfillmentStatus(self.fulfillment_status).is_untouched
        )

    @property
    def has_shipped(self) -> bool:
        """True once any of it has shipped."""
        return NextFulfillmentStatus(self.fulfillment_status).has_shipped or any(
            NextParcelStatus(parcel.status).is_shipped for parcel in self.fulfillments
        )

    @property
    def is_canceled(self) -> bool:
        """True if the order or its authorization was canceled."""
        return self.status == NextOrderStatus.CANCELED or self.payment is NextPaymentStatus.VOIDED

    @property
    def is_void(self) -> bool:
        """True if the order was canceled or its authorization released, so that nothing will be charged."""
        return self.status == NextOrderStatus.CANCELED or self.payment.is_released

    @property
    def is_settled(self) -> bool:
        """True once the order was charged or authorized, even if it was refunded or voided since."""
        return self.payment.is_settled

    @property
    def is_partially_paid(self) -> bool:
        return self.payment is NextPaymentStatus.PARTIALLY_PAID


@dataclass(frozen=True)
class NextSubscriptionLine:
    """A line of a subscription. `price` is that of one unit at the next renewal, without shipping."""

    id: int
    variant_id: int | None
    title: str
    variant_title: str
    quantity: int
    price: Decimal
    metadata: Metadata


@dataclass(frozen=True)
class NextBillingCycle:
    """A cycle that was charged: 0 is the first order, 1 the first renewal."""

    cycle: int
    order_number: str


@dataclass(frozen=True)
class NextSubscription:
    """A subscription. Times keep the UTC offset that NEXT sent."""

    id: int
    status: str
    interval: str
    interval_count: int
    next_renewal_at: datetime.datetime | None
    paused_at: datetime.datetime | None
    paused_until: datetime.datetime | None
    cancel_reason: str
    currency: str
    shipping_price: Decimal | None
    lines: tuple[NextSubscriptionLine, ...]
    billing_cycles: tuple[NextBillingCycle, ...]

    @property
    def is_past_due(self) -> bool:
        return NextSubscriptionStatus(self.status).is_past_due

    @property
    def is_canceled(self) -> bool:
        return NextSubscriptionStatus(self.status).is_canceled

    @property
    def last_cycle(self) -> int:
        return max((billed.cycle for billed in self.billing_cycles), default=0)


@dataclass(frozen=True)
class PaymentRedirect:
    """Where to send the shopper to pay: the response of `ordersCreate` while no order exists yet."""

    payment_complete_url: str


@dataclass(frozen=True)
class NextEvent:
    """A webhook event: what it is about, and how to find our record of it."""

    subject: NextEventSubject
    order: NextOrder | None = None
    order_number: str = ""
    subscription_ids: tuple[int, ...] = ()
    email: str = ""
    product_id: int | None = None
    metadata: Metadata = field(default_factory=dict)
