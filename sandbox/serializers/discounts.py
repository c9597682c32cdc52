"""The discounts of an order or a cart, by offers and by coupons."""

from sandbox.catalog import JsonObject

OFFER_KEYS = ("amount", "description", "name")


def serialize_offer_discounts(rows: list[JsonObject]) -> list[JsonObject]:
    return [{key: row[key] for key in OFFER_KEYS} for row in rows if "offer_id" in row]


def serialize_voucher_discounts(rows: list[JsonObject]) -> list[JsonObject]:
    return [{key: row[key] for key in (*OFFER_KEYS, "voucher")} for row in rows if "voucher" in row]
