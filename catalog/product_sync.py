"""The store's products brought into the catalog: names, variants, prices and stock.

What the store says wins; what only we know (description, pictures, swatches, plans, what staff switched
off) is left alone. Nothing is deleted: what the store no longer has is switched off.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Hold, Product, ProductSync, Variant
from catalog.next_products import NextProduct, NextVariant, parse_next_product
from catalog.page_cache import clear_page_cache
from catalog.products import generate_slug
from catalog.validation import clean_options, validate_variants
from stores.errors import Problem
from stores.models import Store
from stores.next_client import open_next_client

PageCallback = Callable[[int], object]


@dataclass
class ProductSyncSummary:
    """What a reading did. `skipped` says of what, and why."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    deactivated: int = 0
    variants_added: int = 0
    variants_changed: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)


def sync_products(
    *, store: Store, restart: bool = False, on_page: PageCallback = lambda count: None
) -> ProductSyncSummary:
    """Read all products of the store, page by page; a reading that was cut off goes on where it was.

    Each page is committed with the cursor of the next; two readings at once share the pages, each of which
    is taken in once. Calls are made in the background lane. Errors: AdminApiError; run again later.
    """
    api, summary = open_next_client(store, background=True), ProductSyncSummary()
    state = _start_sync(store, restart=restart)
    while state.finished_at is None:
        rows, following = api.list_products_page(state.cursor)
        with transaction.atomic():
            now = ProductSync.objects.select_for_update().get(pk=state.pk)
            if _sync_position(now) == _sync_position(state):
                _advance_sync(now, store, rows, following, summary)
        state = now
        on_page(len(rows))
    clear_page_cache(host=store.host)
    return summary


@transaction.atomic
def _start_sync(store: Store, *, restart: bool) -> ProductSync:
    ProductSync.objects.get_or_create(store=store, defaults={"started_at": timezone.now()})
    state = ProductSync.objects.select_for_update().get(store=store)
    if restart or state.finished_at is not None:
        state.cursor, state.seen_product_ids, state.finished_at = "", [], None
        state.started_at = timezone.now()
        state.save()
    return state


def _sync_position(state: ProductSync) -> tuple[object, ...]:
    """Where a reading is: what was read from elsewhere is not taken in."""
    return state.started_at, state.cursor, state.finished_at


def _advance_sync(
    state: ProductSync,
    store: Store,
    rows: Sequence[Mapping[str, Any]],
    following: str,
    summary: ProductSyncSummary,
) -> None:
    """Write a page, and where the next one is. The caller holds the reading's row."""
    _sync_page(store, rows, summary)
    state.seen_product_ids += [row["id"] for row in rows if isinstance(row.get("id"), int)]
    state.cursor = following
    if not following:
        _deactivate_missing_products(store, state.seen_product_ids, summary)
        state.finished_at = timezone.now()
    state.save()


def _sync_page(store: Store, rows: Sequence[Mapping[str, Any]], summary: ProductSyncSummary) -> None:
    next_products = []
    for row in rows:
        next_product = parse_next_product(row, currency=store.currency)
        if next_product is None:
            summary.skipped.append((str(row.get("title") or row.get("id")), _("it makes no sense")))
        elif not next_product.variants:
            summary.skipped.append(
                (next_product.name, "; ".join(next_product.skipped_variants) or _("it has no variant"))
            )
        elif reason := _rejection_reason(next_product):
            summary.skipped.append((next_product.name, reason))
        else:
            summary.skipped += [(next_product.name, reason) for reason in next_product.skipped_variants]
            next_products.append(next_product)
    known = Product.objects.filter(
        store=store, next_product_id__in=[next_product.id for next_product in next_products]
    )
    products = {product.next_product_id: product for product in known}
    # Locked, so that what is held of them stands still until their stock is written.
    locked = (
        Variant.objects.filter(product__in=products.values()).order_by("pk").select_for_update(of=("self",))
    )
    variants: dict[str, list[Variant]] = {}
    for variant in locked:
        variants.setdefault(variant.product_id, []).append(variant)
    held = _count_held_stock(variant.pk for each in variants.values() for variant in each)
    for next_product in next_products:
        product = products.get(next_product.id)
        if product is None:
            _add_next_product(store, next_product, summary)
        else:
            product.store = store
            _sync_product(product, variants.get(product.pk, []), next_product, held, summary)


def _rejection_reason(next_product: NextProduct) -> str:
    """Why a product cannot be one of ours, such as too many options; empty where it can."""
    try:
        options = clean_options(_merge_next_options(next_product, [], []))
        validate_variants(options, [variant.option_values for variant in next_product.variants])
    except Problem as problem:
        return problem.message
    return ""


def _count_held_stock(variant_ids: Iterable[str]) -> dict[str, int]:
    """How many of each variant unpaid orders hold: the store does not know of them yet."""
    holds = Hold.objects.filter(variant__in=list(variant_ids), state=Hold.State.HELD)
    return dict(holds.order_by().values_list("variant").annotate(Sum("quantity")))


def _add_next_product(store: Store, next_product: NextProduct, summary: ProductSyncSummary) -> None:
    product = Product.objects.create(
        store=store,
        next_product_id=next_product.id,
        slug=generate_slug(store=store, name=next_product.slug or next_product.name),
        name=next_product.name,
        listed=next_product.listed,
        default_currency=store.currency,
        collect_shipping_address=next_product.requires_shipping,
        options=_merge_next_options(next_product, [], []),
    )
    Variant.objects.bulk_create(
        Variant(
            product=product, position=position, inventory_quantity=variant.stock, **_variant_fields(variant)
        )
        for position, variant in enumerate(next_product.variants)
    )
    summary.added += 1
    summary.variants_added += len(next_product.variants)


def _sync_product(
    product: Product,
    variants: list[Variant],
    next_product: NextProduct,
    held: Mapping[str, int],
    summary: ProductSyncSummary,
) -> None:
    before = (summary.variants_added, summary.variants_changed, summary.deactivated)
    matched = _match_next_variants(variants, next_product)
    gone = [variant for variant in variants if variant not in matched.values()]
    for variant in gone:
        if variant.active:
            _update_variant_row(variant, {"active": False})
            summary.deactivated += 1
            summary.skipped.append((str(variant), _("the store no longer sells it: switched off")))
    _sync_variants(product, matched, gone, next_product, held, summary)
    values = {
        "name": next_product.name,
        "default_currency": product.store.currency,
        "collect_shipping_address": next_product.requires_shipping,
        "options": _merge_next_options(next_product, product.options, gone),
    }
    different = {name: value for name, value in values.items() if getattr(product, name) != value}
    if different or before != (summary.variants_added, summary.variants_changed, summary.deactivated):
        now = timezone.now()
        Product.objects.filter(pk=product.pk).update(**different, version=F("version") + 1, updated_at=now)
        summary.changed += 1
    else:
        summary.unchanged += 1


def _sync_variants(
    product: Product,
    matched: Mapping[int, Variant],
    gone: Sequence[Variant],
    next_product: NextProduct,
    held: Mapping[str, int],
    summary: ProductSyncSummary,
) -> None:
    taken = [variant.option_values for variant in gone]
    free = [variant for variant in next_product.variants if variant.option_values not in taken]
    # Options that move from one variant to another must not meet themselves on the way.
    for wanted in free:
        there = matched.get(wanted.id)
        if there is not None and there.option_values != wanted.option_values:
            Variant.objects.filter(pk=there.pk).update(option_values={"": there.pk})
    for position, wanted in enumerate(next_product.variants):
        there = matched.get(wanted.id)
        if wanted not in free:
            reason = _("%(sku)s has the options of one that was switched off") % {"sku": wanted.sku}
            summary.skipped.append((next_product.name, reason))
        elif there is None:
            values = _variant_fields(wanted) | {"position": position, "inventory_quantity": wanted.stock}
            Variant.objects.create(product=product, **values)
            summary.variants_added += 1
        elif _sync_variant(there, wanted, held.get(there.pk, 0)):
            summary.variants_changed += 1


def _sync_variant(variant: Variant, wanted: NextVariant, held: int) -> bool:
    """Write what differs; tell whether anything did."""
    stock = None if wanted.stock is None else max(wanted.stock - held, 0)
    values = _variant_fields(wanted) | {"inventory_quantity": stock}
    different = {name: value for name, value in values.items() if getattr(variant, name) != value}
    if different:
        _update_variant_row(variant, different)
    return bool(different)


def _update_variant_row(variant: Variant, values: Mapping[str, Any]) -> None:
    Variant.objects.filter(pk=variant.pk).update(**values, version=F("version") + 1)


def _match_next_variants(variants: Sequence[Variant], next_product: NextProduct) -> dict[int, Variant]:
    """Ours for each of theirs: by its id in the store, else one without such an id that has the same SKU or
    options."""
    by_id = {variant.next_variant_id: variant for variant in variants if variant.next_variant_id}
    free = [variant for variant in variants if not variant.next_variant_id]
    matched = {}
    for wanted in next_product.variants:
        ours = by_id.get(wanted.id) or next(
            (
                variant
                for variant in free
                if (variant.sku and variant.sku == wanted.sku)
                or variant.option_values == wanted.option_values
            ),
            None,
        )
        if ours is not None:
            matched[wanted.id] = ours
            free = [variant for variant in free if variant is not ours]
    return matched


def _variant_fields(variant: NextVariant) -> dict[str, Any]:
    return {
        "next_variant_id": variant.id,
        "sku": variant.sku,
        "option_values": variant.option_values,
        "price": variant.price,
    }


def _merge_next_options(
    next_product: NextProduct, before: Sequence[Mapping[str, Any]], gone: Sequence[Variant]
) -> list[dict[str, Any]]:
    """The store's options in our order, with our swatches and the values that gone variants still have."""
    known = {option["name"]: [dict(value) for value in option["values"]] for option in before}
    options = []
    for place, (name, theirs) in enumerate(next_product.options.items()):
        wanted = {*theirs, *(variant.option_values.get(name, "") for variant in gone)} - {""}
        kept = [value for value in known.get(name, []) if value["value"] in wanted]
        there = {value["value"] for value in kept}
        new = [{"value": value} for value in theirs if value not in there]
        values = [{**value, "sort_order": order} for order, value in enumerate([*kept, *new])]
        options.append({"name": name, "sort_order": place, "values": values})
    return options


def _deactivate_missing_products(
    store: Store, seen_product_ids: Sequence[int], summary: ProductSyncSummary
) -> None:
    """Switch off the products that came from the store and are no longer there."""
    ours = Product.objects.filter(store=store, active=True, next_product_id__isnull=False)
    there = set(seen_product_ids)
    for product in ours.only("pk", "name", "next_product_id"):
        if product.next_product_id not in there:
            Product.objects.filter(pk=product.pk).update(
                active=False, version=F("version") + 1, updated_at=timezone.now()
            )
            summary.deactivated += 1
            summary.skipped.append((product.name, _("the store no longer sells it: switched off")))
