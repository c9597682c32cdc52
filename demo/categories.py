"""The demo's categories, in the shop and at the sandbox."""

from typing import Any

from catalog.models import Category, Product
from stores.models import Store

FIRST_CATEGORY_ID = 800_001
# Name and slug of each, and the slugs of its products.
DEMO_CATEGORIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "Kitchen",
        "kitchen",
        ("dawn-mug", "pour-over-set", "paper-filters", "quiet-kitchen", "kitchen-letters"),
    ),
    ("Coffee and tea", "coffee-and-tea", ("harbor-roast", "tea-club", "pour-over-set", "paper-filters")),
    ("Living room", "living-room", ("linen-cushion", "pebble-lamp", "lambswool-throw", "bud-vase")),
    ("Gifts", "gifts", ("gift-box", "market-tote", "dawn-mug", "bud-vase")),
)


def create_demo_categories(*, store: Store) -> None:
    """Create the categories that the store doesn't have yet, as an import from the sandbox would."""
    for number, (name, slug, product_slugs) in enumerate(DEMO_CATEGORIES):
        category, is_new = Category.objects.get_or_create(
            store=store,
            next_category_id=FIRST_CATEGORY_ID + number,
            defaults={"name": name, "next_name": name, "slug": slug, "position": number},
        )
        for product in Product.objects.filter(store=store, slug__in=product_slugs) if is_new else ():
            product.categories.add(category)


def build_sandbox_categories() -> list[dict[str, Any]]:
    """Return the categories in the sandbox's format."""
    return [
        {"id": FIRST_CATEGORY_ID + number, "name": name, "slug": slug}
        for number, (name, slug, _products) in enumerate(DEMO_CATEGORIES)
    ]


def list_category_names(product_slug: str) -> list[str]:
    """Return the names of a product's categories."""
    return [name for name, _slug, products in DEMO_CATEGORIES if product_slug in products]
