"""The categories of a store as shoppers see them: those with products, below their parents."""

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef

from catalog.models import Category, Product
from catalog.product_lists import filter_listed_products
from stores.models import Store


class CategoryTree:
    """All categories of a store. Those without products in themselves or below are not shown."""

    def __init__(self, rows: Iterable[Category], used_ids: Iterable[str]) -> None:
        self._rows = {row.pk: row for row in rows}
        self._shown = {part.pk for pk in used_ids for part in self.path_to(self._rows[pk])}

    def find(self, slug: str) -> Category | None:
        """Return the shown category with this slug, or None."""
        return next((row for row in self.list_shown() if row.slug == slug), None)

    def list_shown(self) -> list[Category]:
        """Return all shown categories in their order."""
        return [row for row in self._rows.values() if row.pk in self._shown]

    def list_below(self, category: Category | None) -> list[Category]:
        """Return the shown categories right below one, or the topmost ones."""
        parent_id = category.pk if category else None
        return [row for row in self.list_shown() if row.parent_id == parent_id]

    def path_to(self, category: Category) -> list[Category]:
        """Return the categories from the topmost to this one. Stops at one that is its own parent."""
        path = [category]
        while (parent := self._rows.get(path[0].parent_id or "")) is not None and parent not in path:
            path.insert(0, parent)
        return path

    def ids_within(self, category: Category) -> list[str]:
        """Return the IDs of a category and of all below it."""
        return [row.pk for row in self._rows.values() if category in self.path_to(row)]


def load_category_tree(store: Store) -> CategoryTree:
    """Load the tree in one query."""
    listed = filter_listed_products(store).filter(categories=OuterRef("pk")).order_by()
    rows = list(Category.objects.filter(store=store).annotate(has_products=Exists(listed)))
    return CategoryTree(rows, [row.pk for row in rows if row.has_products])


def load_breadcrumbs(product: Product) -> list[Category]:
    """Return the path to the product's first category, or []. Categories nest at most five deep here."""
    category = product.categories.select_related("parent__parent__parent__parent").first()
    path: list[Category] = []
    while category is not None and category not in path and len(path) < 5:
        path.insert(0, category)
        category = category.parent
    return path


def build_breadcrumbs_json_ld(path: Sequence[Category], *, origin: str) -> dict[str, object]:
    """Return a schema.org BreadcrumbList of the categories."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": position,
                "name": category.name,
                "item": f"{origin}{category.get_absolute_url()}",
            }
            for position, category in enumerate(path, start=1)
        ],
    }
