"""Edits that staff make to a product. Each one raises its version."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Category, PlanGroupUse, Product, Variant
from catalog.next_ids import require_free_next_ids
from catalog.plan_rules import require_groups_sold_by_next
from catalog.search import refresh_search_texts
from catalog.validation import clean_variant_price
from stores.errors import Conflict
from stores.page_cache import clear_page_cache


def claim_product_version(*, product: Product, seen: int) -> None:
    """Raise the version by one. Raises Conflict if it is no longer `seen`."""
    if not Product.objects.filter(pk=product.pk, version=seen).update(version=seen + 1):
        raise Conflict(
            _("Someone else has changed this product. Reload the page, then make your change again.")
        )
    product.version = seen + 1


def set_products_active(*, products: QuerySet[Product], active: bool) -> int:
    """Activate or deactivate products. Return how many changed."""
    changing = Product.objects.filter(pk__in=products.order_by().values("pk")).exclude(
        active=active, awaits_pictures=False
    )
    hosts = set(changing.values_list("store__host", flat=True))
    count = changing.update(
        active=active,
        hidden_by_sync=False,
        awaits_pictures=False,
        missing_since=None,
        version=F("version") + 1,
        updated_at=timezone.now(),
    )
    for host in hosts:
        clear_page_cache(host=host)
    return count


def change_categories(*, products: QuerySet[Product], category: Category, is_added: bool) -> int:
    """Add products of the category's store to it, or remove them. Return how many changed."""
    rows = Product.categories.through.objects
    inside = set(rows.filter(category=category).values_list("product", flat=True))
    chosen = set(products.values_list("pk", flat=True))
    changing = chosen - inside if is_added else chosen & inside
    if is_added:
        rows.bulk_create(
            [Product.categories.through(product_id=pk, category=category) for pk in sorted(changing)],
            ignore_conflicts=True,
            batch_size=500,
        )
    else:
        rows.filter(category=category, product__in=changing).delete()
    Product.objects.filter(pk__in=changing).update(version=F("version") + 1, updated_at=timezone.now())
    clear_page_cache(host=category.store.host)
    return len(changing)


def update_variant(*, variant: Variant, changes: Mapping[str, Any], stock_seen: int | None = None) -> None:
    """Update the given fields only.

    With `stock_seen` the stock changes by the difference from it, because units may sell in the meantime.
    Raises Problem for a price that its currency cannot express.
    """
    if "price" in changes:
        clean_variant_price(changes["price"], variant.product.default_currency)
    if changes.get("next_variant_id"):
        next_ids = {variant.pk: changes["next_variant_id"]}
        require_free_next_ids(store=variant.product.store, next_ids=next_ids)
    values: dict[str, Any] = {**changes, "version": F("version") + 1}
    if "active" in changes:
        values |= {"hidden_by_sync": False, "missing_since": None}
    stock = values.get("inventory_quantity")
    if stock is not None and stock_seen is not None:
        values["inventory_quantity"] = Greatest(F("inventory_quantity") + stock - stock_seen, 0)
    Variant.objects.filter(pk=variant.pk).update(**values)
    if "sku" in changes:
        refresh_search_texts([variant.product_id])


def set_plan_groups(*, product: Product, variant: Variant | None, groups: Sequence[str]) -> None:
    """Set the plan groups, by ID, of a product, or of one variant, which then override the product's."""
    uses = PlanGroupUse.objects.filter(product=product, variant=variant)
    existing = set(uses.values_list("group_id", flat=True))
    require_groups_sold_by_next(product=product, group_ids=set(groups) - existing)
    uses.exclude(group_id__in=groups).delete()
    PlanGroupUse.objects.bulk_create(
        PlanGroupUse(product=product, variant=variant, group_id=group, position=position)
        for position, group in enumerate(groups)
        if group not in existing
    )
