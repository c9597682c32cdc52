"""Lists of products, as the shop shows them: cards, searches, and the sitemap."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.paginator import Page
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.urls import reverse

from catalog.availability import filter_for_sale, sellable_condition
from catalog.models import Media, Product, Variant
from catalog.pictures import ordered_media
from catalog.pricing import price_range
from catalog.search import find_products
from catalog.shop_filters import ShopFilter, filter_products
from catalog.unit_prices import format_unit_price
from stores.models import Store
from stores.paging import make_paginator
from stores.search import FoundRows

PRODUCTS_PER_PAGE = 24
MAX_SITEMAP_URLS = 50_000  # limit of the sitemap protocol


@dataclass(frozen=True)
class ProductCard:
    """A product as product lists show it."""

    product: Product
    picture: Media | None
    lowest_price: Decimal
    highest_price: Decimal
    sold_out: bool
    unit_price: str  # of the cheapest variant, if it is sold by measure


def list_product_cards(
    *,
    store: Store,
    search: str = "",
    category_ids: Sequence[str] | None = None,
    page: int = 1,
    chosen: ShopFilter | None = None,
) -> Page[ProductCard]:
    """Return one page of listed products in any of the categories, the newest first unless `chosen` sorts.

    All words of `search` must match.
    """
    found = search_listed_products(store=store, search=search, category_ids=category_ids)
    products = found.rows
    if chosen is not None:
        products = filter_products(products, chosen=chosen, store=store)
    shown = products.defer("search_text").prefetch_related(prefetch_variants_for_sale(store), "media")
    is_filtered = chosen is not None and not chosen.is_empty
    paginator = make_paginator(shown, PRODUCTS_PER_PAGE, are_many=found.are_many, is_filtered=is_filtered)
    products_of_page = paginator.get_page(page)
    cards = [build_product_card(product) for product in products_of_page]
    return Page(cards, products_of_page.number, paginator)


def search_listed_products(
    *, store: Store, search: str = "", category_ids: Sequence[str] | None = None
) -> FoundRows[Product]:
    """Find the listed products in any of the categories that all words of `search` are found in."""
    products = filter_listed_products(store)
    if category_ids is not None:
        rows = Product.categories.through.objects.filter(category__in=category_ids)
        products = products.filter(pk__in=rows.values("product"))
    return find_products(products, search) if search else FoundRows(products)


def sitemap_urls(*, store: Store) -> list[tuple[str, datetime.date]]:
    """Return the path and last modified date of each listed product."""
    rows = filter_listed_products(store).values_list("slug", "updated_at")[:MAX_SITEMAP_URLS]
    return [(reverse("catalog:product", args=[slug]), changed.date()) for slug, changed in rows]


def filter_listed_products(store: Store) -> QuerySet[Product]:
    """Return the products that the shop lists: they have a variant for sale."""
    # What the product must be is asked of it once, not of each variant.
    variants = Variant.objects.filter(sellable_condition(store=store), product=OuterRef("pk"))
    return Product.objects.filter(
        Exists(variants), store=store, active=True, listed=True, default_currency=store.currency
    )


def build_product_card(product: Product) -> ProductCard:
    """Return the card of a product. Needs its variants for sale and its media loaded."""
    variants = list(product.variants.all())
    lowest_price, highest_price = price_range(variants)
    pictures = ordered_media(product)
    return ProductCard(
        product=product,
        picture=pictures[0] if pictures else None,
        lowest_price=lowest_price,
        highest_price=highest_price,
        sold_out=all(variant.sold_out for variant in variants),
        unit_price=format_unit_price(
            min(variants, key=lambda variant: variant.price), lowest_price, product.default_currency
        ),
    )


def prefetch_variants_for_sale(store: Store) -> "Prefetch[str]":
    """Return the prefetch of the variants that lists show."""
    return Prefetch("variants", filter_for_sale(Variant.objects.all(), store=store))
