"""The remote NEXT Commerce Admin API, version 2024-04-01."""

from .client import AdminApi
from .errors import AdminApiError, Outcome
from .limiter import longest_wait_for_an_answer
from .orders import StoreFulfillment, StoreLine, StoreOrder, StoreRefund, StoreTransaction
from .signature import signature_holds
from .transport import API_VERSION
from .types import Redirect, StoreShippingMethod, StoreSubscription

__all__ = [
    "API_VERSION",
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
    "longest_wait_for_an_answer",
    "signature_holds",
]
