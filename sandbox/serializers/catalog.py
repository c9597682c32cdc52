"""Products, variants and shipping methods."""

from sandbox.catalog import JsonObject, StoreCatalog
from sandbox.models import Store

from .common import build_image_url, build_sandbox_url, format_store_datetime

COUNTRY_NAMES = {"US": "United States", "DE": "Germany", "GB": "United Kingdom", "CA": "Canada"}


def serialize_full_product(product: JsonObject, store: Store) -> JsonObject:
    """Return the Product of ``productsRetrieve``."""
    return {
        **serialize_product_row(product, store),
        "description": product.get("description", ""),
        "meta_description": product.get("meta_description") or None,
        "meta_title": product.get("meta_title") or None,
        "template": None,
    }


def serialize_product_row(product: JsonObject, store: Store) -> JsonObject:
    """Return a row of ``productsList``."""
    variants = product["variants"]
    changed_at = product.get("updated_at") or format_store_datetime(store.changed_at, store)
    categories = {row["name"]: row for row in StoreCatalog(store.catalog, store.currency).categories()}
    return {
        # The last part of a category's path, as a real store's products have it.
        "categories": [
            {**categories[name], "slug": categories[name]["slug"].rpartition("/")[2]}
            for name in product["categories"]
        ],
        "date_created": changed_at,
        "date_updated": changed_at,
        "enable_subscription": product["enable_subscription"],
        "external_tax_code": None,
        "id": product["id"],
        "images": [
            {
                "id": product["id"] * 100 + number,
                "attachment": build_image_url(image["src"]),
                "caption": image["caption"],
                "display_order": number,
            }
            for number, image in enumerate(_list_images(product))
        ],
        "interval": product["interval"],
        "interval_counts": product["interval_counts"],
        "is_discountable": product["is_discountable"],
        "is_public": product.get("is_public", True),
        "metadata": {},
        "ranking": 0,
        "rating": None,
        "recommended_products": [],
        "slug": f"product-{product['id']}",
        "structure": "parent" if len(variants) > 1 else "standalone",
        "title": product["title"],
        "url": build_sandbox_url(f"/products/{product['id']}/"),
        "variant_attributes": _collect_attributes(variants),
        "variants": [serialize_product_variant(variant, product, store) for variant in variants],
    }


def _list_images(product: JsonObject) -> list[JsonObject]:
    """Return the product's pictures, then those that only variants have."""
    images = list(product.get("images", []))
    known = {image["src"] for image in images}
    own = dict.fromkeys(variant["image"] for variant in product["variants"] if variant["image"])
    return images + [{"src": image, "caption": ""} for image in own if image not in known]


def _get_variant_image(variant: JsonObject, product: JsonObject) -> str:
    """Return the variant's picture; without one, the product's first."""
    image = variant["image"] or next((image["src"] for image in _list_images(product)), "")
    return build_image_url(image) if image else ""


def _collect_attributes(variants: list[JsonObject]) -> list[JsonObject]:
    by_code: dict[str, JsonObject] = {}
    for variant in variants:
        for attribute in variant["attributes"]:
            code = attribute["code"].replace("-", "_")
            row = by_code.setdefault(code, {"code": code, "name": attribute["name"], "values": []})
            if attribute["value"] not in row["values"]:
                row["values"].append(attribute["value"])
    return list(by_code.values())


def serialize_product_variant(variant: JsonObject, product: JsonObject, store: Store) -> JsonObject:
    stock = variant["stock"]
    changed_at = format_store_datetime(store.changed_at, store)
    sold_out = stock is not None and stock <= 0
    return {
        "allow_backorders": False,
        "date_created": changed_at,
        "date_updated": changed_at,
        "id": variant["id"],
        "images": _get_variant_image(variant, product),
        "inventory_availability": _get_inventory_availability(stock),
        "metadata": {},
        "prices": [
            {
                "currency": currency,
                "price": price,
                "retail": variant.get("retail_prices", {}).get(currency),
                "subscription": None,
                "subscription_suggested_downsell": None,
            }
            for currency, price in StoreCatalog(store.catalog, store.currency).prices(variant).items()
        ],
        "product_id": product["id"],
        "purchase_availability": "unavailable" if sold_out else "available",
        "requires_shipping": variant["requires_shipping"],
        "sku": variant["sku"],
        "stockrecords": []
        if stock is None
        else [
            {
                "id": variant["id"],
                "location_id": 1,
                "low_stock_threshold": 0,
                "num_allocated": 0,
                "num_in_stock": stock,
            }
        ],
        "title": variant["title"],
        "track_stock": stock is not None,
        "unit_cost": "0.00",
        "upc": variant.get("upc") or None,
        "variant_attribute_values": [
            {**attribute, "code": attribute["code"].replace("-", "_")} for attribute in variant["attributes"]
        ],
    }


def _get_inventory_availability(stock: int | None) -> str:
    if stock is None:
        return "untracked"
    return "in_stock" if stock > 0 else "out_of_stock"


def serialize_category(category: JsonObject, store: Store) -> JsonObject:
    return {
        "description": "",
        "external_tax_code": None,
        "image": None,
        "is_public": True,
        "meta_description": None,
        "meta_title": None,
        "template": None,
        **category,
    }


def serialize_shipping_method(method: JsonObject, store: Store) -> JsonObject:
    return {
        "code": method["code"],
        "countries": [{"code": code, "name": COUNTRY_NAMES.get(code, code)} for code in method["countries"]],
        "delivery_time": method["delivery_time"],
        "description": method["description"],
        "id": method["id"],
        "is_public": method["is_public"],
        "name": method["name"],
        "prices": [
            {"currency": currency, "price_per_order": price} for currency, price in method["prices"].items()
        ],
    }
