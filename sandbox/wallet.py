"""Express payments: the shopper's wallet says who they are and where they live."""

from typing import Any

from .catalog import JsonObject
from .models import Store
from .payment_methods import REDIRECT_METHODS

EXPRESS_METHODS = tuple(code for code, method in REDIRECT_METHODS.items() if method.is_express)


def is_express_order(payload: JsonObject) -> bool:
    """Return True if an ordersCreate body leaves customer and addresses to the wallet."""
    has_address = payload.get("shipping_address") or payload.get("billing_address")
    return payload["payment_method"] in EXPRESS_METHODS and not payload.get("user") and not has_address


def fill_from_wallet(payload: JsonObject, *, store: Store) -> dict[str, Any]:
    """Return the body with the wallet's customer and address, if it is an express order."""
    if not is_express_order(payload):
        return dict(payload)
    return {**payload, **store.wallet, "billing_same_as_shipping_address": True}
