"""What staff change of a product, each change seen in its version."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Media, PlanGroupUse, Product, Variant
from catalog.page_cache import clear_page_cache
from catalog.validation import clean_variant_price
from stores.errors import Conflict


def bump_product_version(*, product: Product, seen: int) -> None:
    """Raise the version by one. Errors: Conflict where it is no longer the one seen."""
    if not Product.objects.filter(pk=product.pk, version=seen).update(version=seen + 1):
        raise Conflict(_("This was changed meanwhile. Open it again, then make your change."))
    product.version = seen + 1


def set_products_active(*, products: QuerySet[Product], active: bool) -> int:
    """Put products on sale or take them off; return how many were not so already."""
    changing = Product.objects.filter(pk__in=products.order_by().values("pk")).exclude(active=active)
    hosts = set(changing.values_list("store__host", flat=True))
    count = changing.update(active=active, version=F("version") + 1, updated_at=timezone.now())
    for host in hosts:
        clear_page_cache(host=host)
    return count


def update_variant(*, variant: Variant, changes: Mapping[str, Any], stock_seen: int | None = None) -> None:
    """Write these fields alone; stock moves by its difference to the stock seen, being sold meanwhile.

    Errors: Problem for a price that cannot be paid.
    """
    if "price" in changes:
        clean_variant_price(changes["price"], variant.product.default_currency)
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


def reorder_pictures(*, product: Product, places: Mapping[str, int]) -> None:
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
