"""NEXT's words for states. Only this package compares them.

Others ask questions: `next_order.is_settled`, or for a word that one of our columns stores,
`NextPaymentStatus(order.next_payment_status).is_refunded`. A word not listed here is UNKNOWN, for which the
answers are no.
"""

import enum


class NextWord(enum.StrEnum):
    """Base of NEXT's words for a state."""

    @classmethod
    def _missing_(cls, value: object) -> "NextWord":
        return cls("")


class NextOrderStatus(NextWord):
    """`status` of an order."""

    UNKNOWN = ""
    OPEN = "open"
    CANCELED = "canceled"


class NextPaymentStatus(NextWord):
    """`payment_status` of an order."""

    UNKNOWN = ""
    PENDING = "pending"
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
    def is_pending(self) -> bool:
        """True if the money isn't there yet and may come."""
        return self is self.PENDING

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
    UNFULFILLED = "unfulfilled"
    ON_HOLD = "on_hold"
    FULFILLED = "fulfilled"
    PARTIALLY_FULFILLED = "partially_fulfilled"

    @property
    def has_shipped(self) -> bool:
        """True once at least part of the order has shipped."""
        return self in {self.FULFILLED, self.PARTIALLY_FULFILLED}

    @property
    def is_untouched(self) -> bool:
        """True while no warehouse was asked to send any of it."""
        return self in {self.UNFULFILLED, self.ON_HOLD}

    @property
    def is_complete(self) -> bool:
        """True once all of it has shipped."""
        return self is self.FULFILLED


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


class NextTransactionType(NextWord):
    """`type` of a transaction."""

    UNKNOWN = ""
    AUTHORIZE = "authorize"
    DEBIT = "debit"
    REFUND = "refund"


class NextTransactionStatus(NextWord):
    """`status` of a transaction."""

    UNKNOWN = ""
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class NextRestockType(NextWord):
    """`restock_type` of a refunded line."""

    UNKNOWN = ""
    CANCEL = "cancel"  # never left the warehouse
    RETURN = "return"  # came back

    @property
    def is_restocked(self) -> bool:
        """True if the units went back into stock."""
        return self is not self.UNKNOWN


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


class NextEventSubject(NextWord):
    """What a webhook event is about: the first part of its type, such as `order.created`."""

    UNKNOWN = ""
    ORDER = "order"
    SUBSCRIPTION = "subscription"
    TRANSACTION = "transaction"
    FULFILLMENT = "fulfillment"
    CUSTOMER = "customer"
    PRODUCT = "product"
    STORE = "store"
    GATEWAY = "gateway"
