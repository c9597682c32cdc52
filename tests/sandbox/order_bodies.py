"""Request bodies that the sandbox accepts."""

from typing import Any

ADDRESS = {
    "first_name": "Ada",
    "last_name": "Miller",
    "line1": "9 Mill Road",
    "line4": "Monsey",
    "state": "NY",
    "postcode": "10952",
    "country": "US",
    "phone_number": "2025550140",
}
GERMAN_ADDRESS = {**ADDRESS, "line4": "Berlin", "state": "", "postcode": "10115", "country": "DE"}
VAT = {"country": "DE", "percent": "19", "title": "VAT", "taxes_shipping": True}
RETURN_URL = "http://127.0.0.1:9/return/secret/"


def order_body(**changes: Any) -> dict[str, Any]:
    """Return an order of one green mug with standard shipping, paid with Link: 24.00 USD."""
    return {
        "lines": [{"product_id": 11, "quantity": 1}],
        "currency": "USD",
        "user": {"email": "ada@example.com", "first_name": "Ada", "last_name": "Miller"},
        "shipping_address": ADDRESS,
        "billing_same_as_shipping_address": True,
        "shipping_code": "standard",
        "payment_method": "link",
        "payment_details": {"payment_return_url": RETURN_URL},
        "tags": ["pi_1"],
        "attribution": {"metadata": {"intent": "pi_1"}},
        **changes,
    }


def card_order_body(**changes: Any) -> dict[str, Any]:
    """Return the same order, paid with the test card: no redirect."""
    return order_body(payment_method="card_token", payment_details={"card_token": "test_card"}, **changes)
