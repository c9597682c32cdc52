"""Values that staff changed here and NEXT changed too: shown side by side, and decided by staff."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.descriptions import describe_as_text
from catalog.models import Category, NextProductRecord, Product, ProductDifference, Variant
from catalog.next_pictures import read_pictures
from catalog.next_values import PRICE_FIELDS, decode_value, encode_value
from catalog.product_refresh import schedule_product_refreshes
from catalog.search import refresh_search_texts
from stores.errors import Conflict
from stores.lookups import get_or_not_found
from stores.money import format_money
from stores.page_cache import clear_page_cache

_MAX_TEXT = 600


@dataclass(frozen=True)
class ShownDifference:
    """A difference as staff see it. The digest tells that they decide about what they saw."""

    pk: int
    label: str
    ours: str
    theirs: str
    digest: str


def list_differences(product: Product) -> list[ShownDifference]:
    """Return what differs, in the order in which it was found."""
    rows = product.differences.select_related("variant__product").prefetch_related("variant__values")
    return [
        ShownDifference(
            pk=row.pk,
            label=_label(row),
            ours=_describe(product, row, _read_ours(product, row)),
            theirs=_describe(product, row, row.next_value),
            digest=_digest(row.next_value),
        )
        for row in rows
    ]


@transaction.atomic
def decide_difference(*, product: Product, difference_id: int, digest: str, take: bool) -> str:
    """Keep ours, or take NEXT's. Return the label of what was decided.

    Raises NotFound if somebody else has decided, and Conflict if NEXT has changed the value again.
    """
    product = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    row = get_or_not_found(
        ProductDifference.objects.filter(product=product).select_related("variant__product"),
        _("Someone else has already decided this."),
        pk=difference_id,
    )
    if _digest(row.next_value) != digest:
        raise Conflict(_("NEXT Commerce has changed this again. Compare the values, then choose."))
    record, _is_new = NextProductRecord.objects.get_or_create(product=product)
    base = _find_base(record, row)
    base[row.field] = row.next_value
    if take:
        _take_next_value(product, row, base)
    record.save(update_fields=["values"])
    row.delete()
    Product.objects.filter(pk=product.pk).update(version=F("version") + 1, updated_at=timezone.now())
    refresh_search_texts([product.pk])
    clear_page_cache(host=product.store.host)
    return _label(row)


def _find_base(record: NextProductRecord, row: ProductDifference) -> dict[str, Any]:
    if row.variant_id is None:
        return record.values
    variants: dict[str, Any] = record.values.setdefault("variants", {})
    base: dict[str, Any] = variants.setdefault(row.variant_id, {})
    return base


def _take_next_value(product: Product, row: ProductDifference, base: dict[str, Any]) -> None:
    if row.field == "categories":
        ours = product.categories.filter(next_category_id__isnull=False)
        product.categories.remove(*ours.exclude(next_category_id__in=row.next_value))
        wanted = Category.objects.filter(store=product.store_id, next_category_id__in=row.next_value)
        product.categories.add(*wanted)
    elif row.field == "pictures":
        # As if staff had never changed them. The background reads their addresses, which may have expired.
        base["pictures"] = _read_ours(product, row)
        if product.next_product_id is not None:
            schedule_product_refreshes(store=product.store, next_ids=[product.next_product_id])
    else:
        target = row.variant or product
        value = decode_value(target, row.field, row.next_value)
        changes = {row.field: value} | ({"version": F("version") + 1} if row.variant else {})
        type(target)._default_manager.filter(pk=target.pk).update(**changes)


def _read_ours(product: Product, row: ProductDifference) -> Any:
    """Return our value, encoded like NEXT's."""
    if row.field == "categories":
        ids = product.categories.filter(next_category_id__isnull=False)
        return sorted(ids.values_list("next_category_id", flat=True))
    if row.field == "pictures":
        variants = list(Variant.objects.filter(product=product).prefetch_related("picture_rows"))
        rows = list(product.next_pictures.prefetch_related("variants"))
        return read_pictures(product, variants, rows)
    return encode_value(getattr(row.variant or product, row.field))


def _label(row: ProductDifference) -> str:
    if row.field == "pictures":
        return _("Pictures")
    model = Variant if row.variant_id else Product
    name = capfirst(str(model._meta.get_field(row.field).verbose_name))  # type: ignore[union-attr]
    title = row.variant.title if row.variant else ""
    return f"{name} ({title})" if title else name


def _describe(product: Product, row: ProductDifference, value: Any) -> str:
    """Return an encoded value as text for staff."""
    if row.field == "pictures":
        return _describe_pictures(value["pictures"])
    if row.field == "categories":
        found = Category.objects.filter(store=product.store_id, next_category_id__in=value)
        return ", ".join(found.values_list("name", flat=True)) or _("none")
    if row.field in PRICE_FIELDS and value is not None:
        return format_money(decode_value(row.variant or product, row.field, value), product.default_currency)
    return _describe_plain(row.field, value)


def _describe_plain(field: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = describe_as_text(value) if field == "description" else str(value or "")
    return Truncator(text).chars(_MAX_TEXT) or _("empty")


def _describe_pictures(pictures: Sequence[Sequence[str]]) -> str:
    count = ngettext("%(count)d picture", "%(count)d pictures", len(pictures)) % {"count": len(pictures)}
    captions = ", ".join(caption for _key, caption in pictures if caption)
    return Truncator(f"{count}: {captions}" if captions else count).chars(_MAX_TEXT)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
