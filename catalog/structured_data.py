"""What search engines and messengers are told of an offer."""

from typing import Any

from django.utils.text import Truncator

from catalog.pricing import price_range
from catalog.product_page import Picker


def about_offer(picker: Picker, *, address: str) -> dict[str, Any]:
    """Return what the head of an offer's page says, for its absolute `address`."""
    return {
        "address": address,
        "summary": summary(picker.offer.product.description),
        "preview": f"{address}/preview.jpg",
        "data": product_data(picker, address=address),
    }


def product_data(picker: Picker, *, address: str) -> dict[str, Any]:
    """Return schema.org's Product with its offers; `address` is absolute."""
    product = picker.offer.product
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "url": address,
        "offers": _offers(picker, address),
    }
    if product.description:
        data["description"] = summary(product.description, 500)
    origin = product.store.origin
    if pictures := [f"{origin}{media.url}" for media in picker.pictures if media.renditions]:
        data["image"] = pictures
    if len(picker.offer.variants) == 1 and picker.chosen.sku:
        data["sku"] = picker.chosen.sku
    return data


def summary(text: str, length: int = 160) -> str:
    """Return the beginning of a text on one line."""
    return Truncator(" ".join(text.split())).chars(length)


def _offers(picker: Picker, address: str) -> dict[str, Any]:
    available = "https://schema.org/" + ("InStock" if picker.can_buy else "OutOfStock")
    common = {"priceCurrency": picker.currency, "availability": available, "url": address}
    variants = picker.offer.variants
    if len(variants) == 1:
        return {"@type": "Offer", "price": str(variants[0].price)} | common
    lowest, highest = price_range(variants)
    return {
        "@type": "AggregateOffer",
        "lowPrice": str(lowest),
        "highPrice": str(highest),
        "offerCount": len(variants),
    } | common
