"""The shipping method of an order."""

from rest_framework.exceptions import ValidationError

from .catalog import JsonObject, StoreCatalog

NO_SHIPPING = ("no-shipping-required", "No shipping required")


def choose_shipping_method(
    catalog: StoreCatalog, code: str | None, country: str, currency: str
) -> JsonObject:
    """Return the method with ``code``; without a code, the cheapest public one for the country."""
    if code:
        method = catalog.shipping_method(code)
        if method is None:
            raise ValidationError({"shipping_code": [f'"{code}" is not a valid choice.']})
        if not _ships_to(method, country):
            raise ValidationError({"shipping_code": [f'"{code}" is not available for country {country}.']})
        return method
    methods = [
        method for method in catalog.shipping_methods() if method["is_public"] and _ships_to(method, country)
    ]
    if not methods:
        raise ValidationError({"shipping_code": ["No shipping method is available."]})
    return min(methods, key=lambda method: catalog.shipping_price(method, currency))


def _ships_to(method: JsonObject, country: str) -> bool:
    return not method["countries"] or country in method["countries"]
