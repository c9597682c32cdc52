"""The taxes and coupons of the demo's sandbox store (`PUT /sandbox/stores/{name}`)."""

from typing import Any

SALES_TAX = {"country": "US", "title": "Sales tax"}
SANDBOX_TAXES: dict[str, Any] = {
    "mode": "exclusive",
    "rates": [
        {**SALES_TAX, "states": ["CA"], "percent": "7.25"},
        {**SALES_TAX, "states": ["NY"], "percent": "8.875", "taxes_shipping": True},
        {**SALES_TAX, "states": ["TX"], "percent": "6.25"},
    ],
}
SANDBOX_DISCOUNTS: dict[str, Any] = {
    "coupons": [
        {"code": "WELCOME10", "name": "10% off", "kind": "percent", "value": "10"},
        {"code": "SAVE5", "name": "$5 off", "kind": "amount", "value": "5.00", "min_total": "20.00"},
    ],
}
