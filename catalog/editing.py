"""What staff change of a product, each change seen in its version."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from catalog.models import Media, PlanGroupUse, Product, SellingPlan, Variant
from catalog.public_page import forget_pages
from stores.errors import Conflict


def next_version(*, item: Product | SellingPlan, seen: int) -> None:
    """Raise the version by one. Errors: Conflict where it is no longer the one seen."""
    if not type(item).objects.filter(pk=item.pk, version=seen).update(version=seen + 1):
        raise Conflict(_("This was changed meanwhile. Open it again, then make your change."))
    item.version = seen + 1


def switch_products(*, products: QuerySet[Product], active: bool) -> int:
    """Put products on sale or take them off; return how many were not so already."""
    changing = list(products.exclude(active=active).select_related("store"))
    for product in changing:
        next_version(item=product, seen=product.version)
        product.active = active
        product.save(update_fields=["active", "updated_at"])
    for host in {product.store.host for product in changing}:
        forget_pages(host=host)
    return len(changing)


def update_variant(*, variant: Variant, changes: Mapping[str, Any], stock_seen: int | None = None) -> None:
    """Write these fields alone; stock moves by its difference to the stock seen, being sold meanwhile."""
    values: dict[str, Any] = {**changes, "version": F("version") + 1}
    stock = values.get("inventory_quantity")
    if stock is not None and stock_seen is not None:
        values["inventory_quantity"] = Greatest(F("inventory_quantity") + stock - stock_seen, 0)
    Variant.objects.filter(pk=variant.pk).update(**values)


def set_plan_groups(*, product: Product, variant: Variant | None, groups: Sequence[str]) -> None:
    """Offer these groups, by id, for the product, or for one variant in their place (R142, R143)."""
    uses = PlanGroupUse.objects.filter(product=product, variant=variant)
    there = set(uses.values_list("group_id", flat=True))
    uses.exclude(group_id__in=groups).delete()
    PlanGroupUse.objects.bulk_create(
        PlanGroupUse(product=product, variant=variant, group_id=group, position=place)
        for place, group in enumerate(groups)
        if group not in there
    )


def order_pictures(*, product: Product, places: Mapping[str, int]) -> None:
    """Put the product's pictures into the order of their places, those without one last; not saved."""
    last = len(places) + 1
    kept: Iterable[str] = Media.objects.filter(product=product).values_list("pk", flat=True)
    product.media_order = sorted(kept, key=lambda pk: places.get(pk, last))


def delete_picture(*, picture: Media) -> None:
    """Delete a picture, and its mention in variants and swatches; its product is not saved."""
    for variant in Variant.objects.filter(product=picture.product_id):
        if picture.pk in variant.media_order:
            left = [pk for pk in variant.media_order if pk != picture.pk]
            Variant.objects.filter(pk=variant.pk).update(media_order=left, version=F("version") + 1)
    for option in picture.product.options:
        for value in option["values"]:
            if (value.get("swatch") or {}).get("media_id") == picture.pk:
                del value["swatch"]
    picture.delete()
