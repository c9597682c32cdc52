"""What the shop needs of NEXT: its words for states, and data classes for what it stores.

Only this package compares NEXT's words; others ask questions: `order.is_settled`, or for a word that a column
stores, `NextPaymentStatus(word).is_refunded`. A word not listed is UNKNOWN, and its answers are no. The data
classes keep the word itself. How they are read from a response is in `deserializers`.
"""

import datetime
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

# Texts and integers by key, as somebody attached them to an order, a line or a subscription.
Metadata = Mapping[str, str | int]


class NextWord(enum.StrEnum):
    """Base of NEXT's words for a state."""

    @classmethod
    def _missing_(cls, value: object) -> "NextWord":
        return cls("")


class NextOrderStatus(NextWord):
    """`status` of an order."""

    UNKNOWN = ""
    CANCELED = "canceled"


class NextPaymentStatus(NextWord):
    """`payment_status` of an order."""

    UNKNOWN = ""
    PAID = "paid"
    PARTIALLY_PAID = "partially_paid"
    AUTHORIZED = "authorized"
    EXPIRING = "expiring"  # an authorization that lapses soon
    EXPIRED = "expired"
    VOIDED = "voided"
    PARTIALLY_VOIDED = "partially_voided"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"

    @property
    def is_charged(self) -> bool:
        """True if money was taken and not all of it was refunded."""
        return self in {self.PAID, self.PARTIALLY_REFUNDED}

    @property
    def is_authorized(self) -> bool:
        """True if money is reserved and not taken yet."""
        return self in {self.AUTHORIZED, self.EXPIRING}

    @property
    def is_refunded(self) -> bool:
        return self is self.REFUNDED

    @property
    def is_released(self) -> bool:
        """True if the authorization ended without a charge."""
        return self in {self.VOIDED, self.EXPIRED}

    @property
    def is_settled(self) -> bool:
        """True once the order was charged or authorized, even if it was refunded or voided since."""
        return self.is_charged or self.is_authorized or self in {self.REFUNDED, self.PARTIALLY_VOIDED}


class NextFulfillmentStatus(NextWord):
    """`fulfillment_status` of an order."""

    UNKNOWN = ""
    FULFILLED = "fulfilled"
    PARTIALLY_FULFILLED = "partially_fulfilled"

    @property
    def has_shipped(self) -> bool:
        """True once at least part of the order has shipped."""
        return self is not self.UNKNOWN


class NextParcelStatus(NextWord):
    """`status` of a fulfillment of an order."""

    UNKNOWN = ""
    SUCCESS = "success"
    CANCELED = "canceled"

    @property
    def is_shipped(self) -> bool:
        return self is self.SUCCESS

    @property
    def is_canceled(self) -> bool:
        return self is self.CANCELED


class NextDeliveryStatus(NextWord):
    """`delivery_status` of a fulfillment: where the parcel is."""

    UNKNOWN = ""
    TRACKING_ADDED = "tracking_added"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED = "attempted_delivery"
    FAILED = "failed_delivery"
    DELIVERED = "delivered"
    DELAYED = "delayed"


class NextSubscriptionStatus(NextWord):
    """`status` of a subscription."""

    UNKNOWN = ""
    ACTIVE = "active"
    PAUSED = "paused"
    PAST_DUE = "past_due"  # a renewal was declined and won't be retried
    RETRYING = "retrying"  # a renewal was declined and will be retried
    CANCELED = "canceled"

    @property
    def is_active(self) -> bool:
        return self is self.ACTIVE

    @property
    def is_paused(self) -> bool:
        return self is self.PAUSED

    @property
    def is_past_due(self) -> bool:
        """True while a renewal is declined, whether or not it will be retried."""
        return self in {self.PAST_DUE, self.RETRYING}

    @property
    def is_canceled(self) -> bool:
        return self is self.CANCELED


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
    raw: Mapping[str, object] = field(repr=False)

    @property
    def is_past_due(self) -> bool:
        return NextSubscriptionStatus(self.status).is_past_due

    @property
    def is_canceled(self) -> bool:
        return NextSubscriptionStatus(self.status).is_canceled

    @property
    def last_cycle(self) -> int:
        """The last cycle that was charged; 0 if none was."""
        return max((billed.cycle for billed in self.billing_cycles), default=0)


@dataclass(frozen=True)
class PaymentRedirect:
    """Where to send the shopper to pay: the response of `ordersCreate` while no order exists yet."""

    payment_complete_url: str


@dataclass(frozen=True)
class NextShippingMethod:
    """A shipping method; `prices` maps a currency code to a decimal string."""

    code: str
    name: str
    delivery_time: str
    is_public: bool
    countries: tuple[str, ...]
    prices: dict[str, str]
