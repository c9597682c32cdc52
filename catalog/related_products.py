"""Products to go on with: others of the same category, and the picture that stands for a shop."""

from collections.abc import Sequence

from catalog.models import Category, Media, Product
from catalog.pictures import ordered_media
from catalog.product_lists import (
    ProductCard,
    build_product_card,
    filter_listed_products,
    prefetch_variants_for_sale,
)
from stores.models import Store

MAX_RELATED = 4
# More are read than shown, so that those that are sold out come last.
_READ_PRODUCTS = 8


def list_related_cards(product: Product, *, category: Category) -> list[ProductCard]:
    """Return other listed products of the category, the newest first and what is sold out last."""
    products = (
        filter_listed_products(product.store)
        .filter(categories=category)
        .exclude(pk=product.pk)
        .defer("search_text", "description")
        .prefetch_related(prefetch_variants_for_sale(product.store), "media")[:_READ_PRODUCTS]
    )
    cards = [build_product_card(each) for each in products]
    return sorted(cards, key=lambda card: card.sold_out)[:MAX_RELATED]


def find_newest_picture(*, store: Store, category_ids: Sequence[str] | None = None) -> Media | None:
    """Return the first picture of the newest listed product that has one, in any of the categories."""
    products = filter_listed_products(store).filter(media__isnull=False)
    if category_ids is not None:
        products = products.filter(
            pk__in=Product.categories.through.objects.filter(category__in=category_ids).values("product")
        )
    newest = products.prefetch_related("media").first()
    return next(iter(ordered_media(newest)), None) if newest else None
