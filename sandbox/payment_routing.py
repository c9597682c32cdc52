"""Whether the requested gateway, group, or the store takes a payment, by its method and its currency."""

from decimal import Decimal

from rest_framework.exceptions import ValidationError

from sandbox.catalog import JsonObject, StoreCatalog
from sandbox.payment_methods import REDIRECT_METHODS, SandboxMethod

UNAVAILABLE = "This payment method is not available."


def require_payable(*, catalog: StoreCatalog, payload: JsonObject, currency: str) -> None:
    """Raise ValidationError unless the payment can be taken. Cards, and so test cards, always can."""
    details = payload.get("payment_details") or {}
    if details.get("card_token"):
        return
    code: str = payload["payment_method"]
    method = REDIRECT_METHODS.get(code)
    if method is not None:
        _require_limits_of_method(method, payload, currency)
    gateway = catalog.gateway(details.get("payment_gateway"))
    if gateway is not None:
        _require_payable_at_gateway(gateway, method, currency)
        return
    group = catalog.gateway_group(details.get("payment_gateway_group")) or {}
    _require_payable_by_group(group, catalog, code, currency)


def require_least_amount(*, payload: JsonObject, total: Decimal) -> None:
    """Raise ValidationError if the total is below the least amount of the payment method."""
    method = REDIRECT_METHODS.get(payload["payment_method"])
    if method is not None and total < method.least:
        raise ValidationError({"payment_method": [f"The total is below {method.least:.2f}."]})


def _require_limits_of_method(method: SandboxMethod, payload: JsonObject, currency: str) -> None:
    if method.currencies and currency not in method.currencies:
        raise ValidationError({"payment_method": ["This payment method does not take this currency."]})
    if not method.takes_later_charges and any(line.get("subscription") for line in payload["lines"]):
        raise ValidationError({"payment_method": ["This payment method does not take subscriptions."]})


def _require_payable_by_group(group: JsonObject, catalog: StoreCatalog, code: str, currency: str) -> None:
    methods = group.get("payment_methods") or catalog.data.get("payment_methods")
    if methods and code not in methods:
        raise ValidationError({"payment_method": [UNAVAILABLE]})
    if group.get("currencies") and currency not in group["currencies"]:
        raise ValidationError({"payment_method": ["No gateway takes this currency."]})


def _require_payable_at_gateway(gateway: JsonObject, method: SandboxMethod | None, currency: str) -> None:
    if not gateway["active"]:
        raise ValidationError({"payment_details": {"payment_gateway": ["The gateway is not active."]}})
    if method and method.gateways and gateway["gateway_type"] not in method.gateways:
        raise ValidationError({"payment_method": ["The gateway does not take this payment method."]})
    if gateway["currencies"] and currency not in gateway["currencies"]:
        raise ValidationError({"payment_details": {"payment_gateway": ["No such currency."]}})
