"""NEXT Commerce's own words for states. A word not listed here stays plain text."""

import enum

from nextcommerce.schemas import NextSubscriptionStatus


class NextOrderStatus(enum.StrEnum):
    """`status` of an order."""

    CANCELED = "canceled"


class NextPaymentStatus(enum.StrEnum):
    """`payment_status` of an order."""

    PAID = "paid"
    PARTIALLY_PAID = "partially_paid"
    AUTHORIZED = "authorized"
    EXPIRING = "expiring"  # an authorization that lapses soon
    EXPIRED = "expired"
    VOIDED = "voided"
    PARTIALLY_VOIDED = "partially_voided"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"


class NextFulfillmentStatus(enum.StrEnum):
    """`fulfillment_status` of an order, and `status` of one of its fulfillments."""

    FULFILLED = "fulfilled"
    PARTIALLY_FULFILLED = "partially_fulfilled"
    SUCCESS = "success"
    CANCELED = "canceled"


class NextTransactionType(enum.StrEnum):
    """`type` of a transaction."""

    DEBIT = "debit"
    REFUND = "refund"


class NextTransactionStatus(enum.StrEnum):
    """`status` of a transaction."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


PAST_DUE_STATUSES = frozenset({NextSubscriptionStatus.PAST_DUE, NextSubscriptionStatus.RETRYING})


class NextEventSubject(enum.StrEnum):
    """What a webhook event is about: the first part of its type, such as `order.created`."""

    ORDER = "order"
    SUBSCRIPTION = "subscription"
    TRANSACTION = "transaction"
    FULFILLMENT = "fulfillment"
    CUSTOMER = "customer"


SETTLED_STATUSES = frozenset(
    {
        NextPaymentStatus.PAID,
        NextPaymentStatus.AUTHORIZED,
        NextPaymentStatus.EXPIRING,
        NextPaymentStatus.PARTIALLY_REFUNDED,
        NextPaymentStatus.REFUNDED,
        NextPaymentStatus.PARTIALLY_VOIDED,
    }
)
RELEASED_STATUSES = frozenset({NextPaymentStatus.VOIDED, NextPaymentStatus.EXPIRED})
FULFILLED_STATUSES = frozenset({NextFulfillmentStatus.FULFILLED, NextFulfillmentStatus.PARTIALLY_FULFILLED})
# `source` of an order that NEXT made to renew a subscription.
RENEWAL_SOURCE = "subscription"
