"""Whether the requested gateway, group, or the store takes a payment, by its method and its currency."""

from rest_framework.exceptions import ValidationError

from sandbox.catalog import JsonObject, StoreCatalog


def require_payable(*, catalog: StoreCatalog, payload: JsonObject, currency: str) -> None:
    """Raise ValidationError unless the payment can be taken. Cards, and so test cards, always can."""
    method = payload["payment_method"]
    details = payload.get("payment_details") or {}
    if details.get("card_token"):
        return
    gateway = catalog.gateway(details.get("payment_gateway"))
    if gateway is not None:
        _require_payable_at_gateway(gateway, method, currency)
        return
    group = catalog.gateway_group(details.get("payment_gateway_group")) or {}
    methods = group.get("payment_methods") or catalog.data.get("payment_methods")
    if methods and method not in methods:
        raise ValidationError({"payment_method": ["This payment method is not available."]})
    if group.get("currencies") and currency not in group["currencies"]:
        raise ValidationError({"payment_method": ["No gateway takes this currency."]})


def _require_payable_at_gateway(gateway: JsonObject, method: str, currency: str) -> None:
    if not gateway["active"]:
        raise ValidationError({"payment_details": {"payment_gateway": ["The gateway is not active."]}})
    if method == "link" and gateway["gateway_type"] != "stripe":
        raise ValidationError({"payment_method": ["The gateway does not take this payment method."]})
    if gateway["currencies"] and currency not in gateway["currencies"]:
        raise ValidationError({"payment_details": {"payment_gateway": ["No such currency."]}})
