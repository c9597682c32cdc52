"""Categories as files name them, and those from NEXT.

NEXT's are saved under its IDs, and put below their parents by the paths in its slugs.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.text import slugify

from catalog.csv_columns import InvalidCell
from catalog.import_sentences import AMBIGUOUS_CATEGORY, UNKNOWN_CATEGORY
from catalog.models import Category
from nextcommerce.store_schemas import NextCategory
from stores.columns import fit_to_columns
from stores.models import Store
from stores.search import fold_text


def find_category_slugs(store: Store, cell: str) -> list[str]:
    """Return the slugs of the categories that a cell names, by slug or name, with `;` between them.

    A name may be a path, such as `Clothing > Shirts`. Raises InvalidCell for one the store doesn't have.
    """
    names = [name.strip() for name in cell.replace("\n", ";").split(";") if name.strip()]
    if not names:
        return []
    rows = list(Category.objects.filter(store=store).order_by("pk"))
    by_slug = {row.slug: row.slug for row in rows}
    by_name: dict[str, set[str]] = {}
    for row in rows:
        by_name.setdefault(fold_text(row.name).strip(), set()).add(row.slug)
    return sorted({_find_slug(name, by_slug, by_name) for name in names})


def _find_slug(name: str, by_slug: Mapping[str, str], by_name: Mapping[str, set[str]]) -> str:
    if name in by_slug:
        return by_slug[name]
    found = by_name.get(fold_text(name)) or by_name.get(fold_text(name.rpartition(">")[2]).strip(), set())
    if len(found) == 1:
        return next(iter(found))
    if found:
        raise InvalidCell(AMBIGUOUS_CATEGORY.fill(name=name[:40]))
    raise InvalidCell(UNKNOWN_CATEGORY.fill(name=name[:40]))


def save_next_categories(*, store: Store, listed: Iterable[NextCategory]) -> dict[int, Category]:
    """Save the categories. Return them by NEXT ID. A name that staff changed stays."""
    found = {category.id: category for category in listed}
    ours = {
        row.next_category_id: row for row in Category.objects.filter(store=store, next_category_id__in=found)
    }
    rows: dict[int, Category] = {}
    for number, category in found.items():
        fitted = fit_to_columns(Category, {"name": category.name, "next_category_id": number})
        if "next_category_id" not in fitted or fitted["next_category_id"] is None:
            continue
        row = ours.get(number)
        rows[number] = _update_name(row, fitted["name"]) if row else _create_category(store, category, fitted)
    return rows


def set_next_parents(listed: Iterable[NextCategory], rows: Mapping[int, Category]) -> None:
    """Put each category below the one that its path names: `apparel/tees` below `apparel`.

    For the complete list only: the categories that a product names have no path.
    """
    by_path = {category.slug: rows[category.id] for category in listed if category.id in rows}
    for path, row in by_path.items():
        parent = by_path.get(path.rpartition("/")[0])
        if parent is not None and parent.pk != row.pk and row.parent_id != parent.pk:
            row.parent = parent
            row.save(update_fields=["parent"])


def _update_name(row: Category, name: str) -> Category:
    if row.next_name == name:
        return row
    if row.name == row.next_name:
        row.name = name
    row.next_name = name
    row.save(update_fields=["name", "next_name"])
    return row


def _create_category(store: Store, category: NextCategory, fitted: Mapping[str, Any]) -> Category:
    last_part = category.slug.rpartition("/")[2]
    start = slugify(last_part)[:100] or slugify(category.name)[:100] or "category"
    taken = set(Category.objects.filter(store=store, slug__startswith=start).values_list("slug", flat=True))
    slug = next(
        slug for n in range(1, len(taken) + 2) if (slug := start if n == 1 else f"{start}-{n}") not in taken
    )
    row, _is_new = Category.objects.get_or_create(
        store=store,
        next_category_id=category.id,
        defaults={"name": fitted["name"], "next_name": fitted["name"], "slug": slug},
    )
    return row
