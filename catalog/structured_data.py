"""Metadata of product pages for search engines and link previews."""

import itertools
from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from catalog.descriptions import describe_as_text
from catalog.models import Product
from catalog.product_lists import ProductCard
from catalog.product_page import ProductPage
from stores.models import TaxMode

MAX_NAMED_PRODUCTS = 4


def build_product_page_metadata(product_page: ProductPage, *, address: str) -> dict[str, Any]:
    """Return the metadata for the head of a product page at the absolute URL `address`."""
    return {
        "address": address,
        "summary": _summarize(product_page.listing.product),
        "share_image": f"{address}/preview.jpg",
        "data": build_product_json_ld(product_page, address=address),
    }


def build_product_json_ld(product_page: ProductPage, *, address: str) -> dict[str, Any]:
    """Return a schema.org Product with its offers. `address` is an absolute URL."""
    product = product_page.listing.product
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "url": address,
        "offers": _build_offers_json_ld(product_page, address),
    }
    if product.description:
        data["description"] = shorten_description(describe_as_text(product.description), 500)
    origin = product.store.origin
    if pictures := [urljoin(origin, media.url) for media in product_page.pictures if media.renditions]:
        data["image"] = pictures
    if len(product_page.listing.variants) == 1:
        chosen = product_page.chosen
        data |= {"sku": chosen.sku} if chosen.sku else {}
        data |= {"gtin": chosen.gtin} if is_gtin(chosen.gtin) else {}
    return data


def is_gtin(text: str) -> bool:
    """Return True for a trade item number: an EAN, a UPC, or a longer one."""
    return text.isascii() and text.isdigit() and len(text) in {8, 12, 13, 14}


def _summarize(product: Product) -> str:
    return product.seo_description or shorten_description(describe_as_text(product.description))


def describe_list(cards: Iterable[ProductCard], *, shop: str) -> str:
    """Return a sentence about a list of products for search engines and previews, or "" without products."""
    names = ", ".join(card.product.name for card in itertools.islice(cards, MAX_NAMED_PRODUCTS))
    text = _("%(products)s, and more at %(shop)s.") % {"products": names, "shop": shop}
    return shorten_description(text, 200) if names else ""


def shorten_description(text: str, length: int = 160) -> str:
    """Return the start of a text on one line, at most `length` characters."""
    return Truncator(" ".join(text.split())).chars(length)


def _build_offers_json_ld(product_page: ProductPage, address: str) -> dict[str, Any]:
    available = "https://schema.org/" + ("InStock" if product_page.can_buy else "OutOfStock")
    common = {"priceCurrency": product_page.currency, "availability": available, "url": address}
    variants = product_page.listing.variants
    lowest, highest = product_page.listing.price_range
    if product_page.free_amount:
        lowest = highest = product_page.price
    common |= _build_price_specification(product_page, lowest=str(lowest), highest=str(highest))
    if len(variants) == 1:
        return {"@type": "Offer", "price": str(lowest)} | common
    return {
        "@type": "AggregateOffer",
        "lowPrice": str(lowest),
        "highPrice": str(highest),
        "offerCount": len(variants),
    } | common


def _build_price_specification(product_page: ProductPage, *, lowest: str, highest: str) -> dict[str, Any]:
    """Return whether the prices contain tax, or {} where that isn't known or nothing is taxed."""
    mode = product_page.listing.product.store.home_tax_mode
    if mode not in {TaxMode.INCLUDED, TaxMode.ADDED}:
        return {}
    prices = {"price": lowest} if lowest == highest else {"minPrice": lowest, "maxPrice": highest}
    return {
        "priceSpecification": {
            "@type": "PriceSpecification",
            **prices,
            "priceCurrency": product_page.currency,
            "valueAddedTaxIncluded": mode == TaxMode.INCLUDED,
        }
    }
