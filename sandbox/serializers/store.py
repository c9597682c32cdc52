"""Gateways, gateway groups and the store's settings."""

from sandbox.catalog import JsonObject, StoreCatalog
from sandbox.models import Store
from sandbox.payment_methods import LISTED_METHODS, REDIRECT_METHODS, get_method_label
from sandbox.wallet import EXPRESS_METHODS

from .common import build_sandbox_url


def _serialize_currencies(store: Store, codes: list[str]) -> list[JsonObject]:
    """Return the currencies, or all of the store's if none is given."""
    codes = codes or StoreCatalog(store.catalog, store.currency).currencies
    return [{"code": code, "label": code} for code in codes]


def _serialize_payment_methods(store: Store, methods: list[str], currencies: list[str]) -> list[JsonObject]:
    """Return the methods, or all of the store's if none is given, with those of its currencies they take."""
    known = [row["code"] for row in _serialize_currencies(store, currencies)]
    rows = []
    for code in _list_methods(store, methods):
        limits = REDIRECT_METHODS[code].currencies if code in REDIRECT_METHODS else frozenset()
        supported = [currency for currency in known if not limits or currency in limits]
        if supported:
            rows.append({"code": code, "label": get_method_label(code), "supported_currencies": supported})
    return rows


def _list_methods(store: Store, methods: list[str]) -> list[str]:
    return methods or store.catalog.get("payment_methods") or list(LISTED_METHODS)


def _serialize_express_methods(store: Store, methods: list[str]) -> list[JsonObject]:
    express = [code for code in _list_methods(store, methods) if code in EXPRESS_METHODS]
    return [{"code": code, "label": get_method_label(code)} for code in express]


def serialize_gateway(gateway: JsonObject, store: Store) -> JsonObject:
    groups = store.catalog.get("gateway_groups", [])
    return {
        "active": gateway["active"],
        "auto_capture_on_fulfillment": False,
        "card_types": [{"code": "visa", "label": "Visa"}],
        "currencies": _serialize_currencies(store, gateway["currencies"]),
        "delayed_capture_days": None,
        "enable_3ds2": True,
        "gateway_groups": [{"id": group["id"], "name": group["name"], "weight": 1} for group in groups],
        "gateway_type": gateway["gateway_type"],
        "id": gateway["id"],
        "merchant_profile": None,
        "name": gateway["name"],
        "optimized_3ds": False,
        "payment_flow": "charge",
    }


def serialize_gateway_group(group: JsonObject, store: Store) -> JsonObject:
    return {
        "available_currencies": _serialize_currencies(store, group["currencies"]),
        "available_express_payment_methods": _serialize_express_methods(store, group["payment_methods"]),
        "available_payment_methods": _serialize_payment_methods(
            store, group["payment_methods"], group["currencies"]
        ),
        "card_types": [{"code": "visa", "label": "Visa"}],
        "id": group["id"],
        "name": group["name"],
    }


def serialize_store(store: Store) -> JsonObject:
    return {
        "available_currencies": _serialize_currencies(store, []),
        "available_languages": [
            {"code": "en", "label": "English"},
            {"code": "de", "label": "German"},
        ],
        "contact_address": {
            "city": "Springfield",
            "company_name": store.title,
            "country": "US",
            "line1": "1 Sandbox Street",
            "line2": "",
            "phone_number": "",
            "postcode": "00000",
            "state": "NY",
        },
        "name": store.title,
        "payments": {
            "available_express_payment_methods": _serialize_express_methods(store, []),
            "available_payment_methods": _serialize_payment_methods(store, [], []),
            "certificate_token": "",
            "environment_key": "sandbox",
        },
        "primary_domain": build_sandbox_url("").removeprefix("http://"),
        "tagline": "",
        "tax_id": "",
        "timezone": store.timezone,
    }
