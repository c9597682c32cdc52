"""The remote NEXT Commerce Admin API, version 2024-04-01."""

from .client import AdminApi
from .errors import AdminApiError, Outcome
from .signature import signature_holds
from .types import (
    Redirect,
    StoreFulfillment,
    StoreLine,
    StoreOrder,
    StoreRefund,
    StoreShippingMethod,
    StoreSubscription,
    StoreTransaction,
)

__all__ = [
    "AdminApi",
    "AdminApiError",
    "Outcome",
    "Redirect",
    "StoreFulfillment",
    "StoreLine",
    "StoreOrder",
    "StoreRefund",
    "StoreShippingMethod",
    "StoreSubscription",
    "StoreTransaction",
    "signature_holds",
]
