"""The store's products brought into the catalogue: names, variants, prices and stock.

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

from catalog.models import CatalogSync, Hold, Product, Variant
from catalog.next_products import StoreGood, StoreVariant, read
from catalog.page_cache import forget_pages
from catalog.products import free_slug
from catalog.validation import checked_options, checked_variants
from nextcommerce.client import AdminApi
from stores.errors import Problem
from stores.models import Store

OnPage = Callable[[int], object]


@dataclass
class Summary:
    """What a reading did. `left_alone` says of what, and why."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    switched_off: int = 0
    variants_added: int = 0
    variants_changed: int = 0
    left_alone: list[tuple[str, str]] = field(default_factory=list)


def run(*, store: Store, restart: bool = False, on_page: OnPage = lambda count: None) -> Summary:
    """Read all products of the store, page by page; a reading that was cut off goes on where it was.

    Each page is committed with the cursor of the next; two readings at once share the pages, each of which
    is taken in once. Calls are made in the background lane. Errors: AdminApiError; run again later.
    """
    api, summary = AdminApi(store, background=True), Summary()
    state = _begin(store, restart=restart)
    while state.finished_at is None:
        rows, following = api.product_page(state.cursor)
        with transaction.atomic():
            now = CatalogSync.objects.select_for_update().get(pk=state.pk)
            if _place(now) == _place(state):
                _take_in(now, store, rows, following, summary)
        state = now
        on_page(len(rows))
    forget_pages(host=store.host)
    return summary


@transaction.atomic
def _begin(store: Store, *, restart: bool) -> CatalogSync:
    CatalogSync.objects.get_or_create(store=store, defaults={"started_at": timezone.now()})
    state = CatalogSync.objects.select_for_update().get(store=store)
    if restart or state.finished_at is not None:
        state.cursor, state.seen, state.finished_at = "", [], None
        state.started_at = timezone.now()
        state.save()
    return state


def _place(state: CatalogSync) -> tuple[object, ...]:
    """Where a reading is: what was read from elsewhere is not taken in."""
    return state.started_at, state.cursor, state.finished_at


def _take_in(
    state: CatalogSync, store: Store, rows: Sequence[Mapping[str, Any]], following: str, summary: Summary
) -> None:
    """Write a page, and where the next one is. The caller holds the reading's row."""
    _write_page(store, rows, summary)
    state.seen += [row["id"] for row in rows if isinstance(row.get("id"), int)]
    state.cursor = following
    if not following:
        _switch_off_the_rest(store, state.seen, summary)
        state.finished_at = timezone.now()
    state.save()


def _write_page(store: Store, rows: Sequence[Mapping[str, Any]], summary: Summary) -> None:
    goods = []
    for row in rows:
        good = read(row, currency=store.currency)
        if good is None:
            summary.left_alone.append((str(row.get("title") or row.get("id")), _("it makes no sense")))
        elif not good.variants:
            summary.left_alone.append((good.name, "; ".join(good.left_out) or _("it has no variant")))
        elif reason := _unfit(good):
            summary.left_alone.append((good.name, reason))
        else:
            summary.left_alone += [(good.name, reason) for reason in good.left_out]
            goods.append(good)
    known = Product.objects.filter(store=store, next_product_id__in=[good.id for good in goods])
    products = {product.next_product_id: product for product in known}
    # Locked, so that what is held of them stands still until their stock is written.
    locked = (
        Variant.objects.filter(product__in=products.values()).order_by("pk").select_for_update(of=("self",))
    )
    variants: dict[str, list[Variant]] = {}
    for variant in locked:
        variants.setdefault(variant.product_id, []).append(variant)
    held = _held(variant.pk for each in variants.values() for variant in each)
    for good in goods:
        product = products.get(good.id)
        if product is None:
            _add(store, good, summary)
        else:
            product.store = store
            _change(product, variants.get(product.pk, []), good, held, summary)


def _unfit(good: StoreGood) -> str:
    """Why a product cannot be one of ours, such as too many options; empty where it can."""
    try:
        options = checked_options(_options(good, [], []))
        checked_variants(options, [variant.option_values for variant in good.variants])
    except Problem as problem:
        return problem.message
    return ""


def _held(variant_ids: Iterable[str]) -> dict[str, int]:
    """How many of each variant unpaid orders hold: the store does not know of them yet."""
    holds = Hold.objects.filter(variant__in=list(variant_ids), state=Hold.State.HELD)
    return dict(holds.order_by().values_list("variant").annotate(Sum("quantity")))


def _add(store: Store, good: StoreGood, summary: Summary) -> None:
    product = Product.objects.create(
        store=store,
        next_product_id=good.id,
        slug=free_slug(store=store, name=good.slug or good.name),
        name=good.name,
        listed=good.listed,
        default_currency=store.currency,
        collect_shipping_address=good.requires_shipping,
        options=_options(good, [], []),
    )
    Variant.objects.bulk_create(
        Variant(product=product, position=position, inventory_quantity=variant.stock, **_fields(variant))
        for position, variant in enumerate(good.variants)
    )
    summary.added += 1
    summary.variants_added += len(good.variants)


def _change(
    product: Product, variants: list[Variant], good: StoreGood, held: Mapping[str, int], summary: Summary
) -> None:
    before = (summary.variants_added, summary.variants_changed, summary.switched_off)
    matched = _matched(variants, good)
    gone = [variant for variant in variants if variant not in matched.values()]
    for variant in gone:
        if variant.active:
            _write(variant, {"active": False})
            summary.switched_off += 1
            summary.left_alone.append((str(variant), _("the store no longer sells it: switched off")))
    _write_variants(product, matched, gone, good, held, summary)
    values = {
        "name": good.name,
        "default_currency": product.store.currency,
        "collect_shipping_address": good.requires_shipping,
        "options": _options(good, product.options, gone),
    }
    different = {name: value for name, value in values.items() if getattr(product, name) != value}
    if different or before != (summary.variants_added, summary.variants_changed, summary.switched_off):
        now = timezone.now()
        Product.objects.filter(pk=product.pk).update(**different, version=F("version") + 1, updated_at=now)
        summary.changed += 1
    else:
        summary.unchanged += 1


def _write_variants(
    product: Product,
    matched: Mapping[int, Variant],
    gone: Sequence[Variant],
    good: StoreGood,
    held: Mapping[str, int],
    summary: Summary,
) -> None:
    taken = [variant.option_values for variant in gone]
    free = [variant for variant in good.variants if variant.option_values not in taken]
    # Options that move from one variant to another must not meet themselves on the way.
    for wanted in free:
        there = matched.get(wanted.id)
        if there is not None and there.option_values != wanted.option_values:
            Variant.objects.filter(pk=there.pk).update(option_values={"": there.pk})
    for position, wanted in enumerate(good.variants):
        there = matched.get(wanted.id)
        if wanted not in free:
            reason = _("%(sku)s has the options of one that was switched off") % {"sku": wanted.sku}
            summary.left_alone.append((good.name, reason))
        elif there is None:
            values = _fields(wanted) | {"position": position, "inventory_quantity": wanted.stock}
            Variant.objects.create(product=product, **values)
            summary.variants_added += 1
        elif _changed(there, wanted, held.get(there.pk, 0)):
            summary.variants_changed += 1


def _changed(variant: Variant, wanted: StoreVariant, held: int) -> bool:
    """Write what differs; tell whether anything did."""
    stock = None if wanted.stock is None else max(wanted.stock - held, 0)
    values = _fields(wanted) | {"inventory_quantity": stock}
    different = {name: value for name, value in values.items() if getattr(variant, name) != value}
    if different:
        _write(variant, different)
    return bool(different)


def _write(variant: Variant, values: Mapping[str, Any]) -> None:
    Variant.objects.filter(pk=variant.pk).update(**values, version=F("version") + 1)


def _matched(variants: Sequence[Variant], good: StoreGood) -> dict[int, Variant]:
    """Ours for each of theirs: by its id in the store, else one without such an id that has the same SKU or
    options."""
    by_id = {variant.next_variant_id: variant for variant in variants if variant.next_variant_id}
    free = [variant for variant in variants if not variant.next_variant_id]
    matched = {}
    for wanted in good.variants:
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


def _fields(variant: StoreVariant) -> dict[str, Any]:
    return {
        "next_variant_id": variant.id,
        "sku": variant.sku,
        "option_values": variant.option_values,
        "price": variant.price,
    }


def _options(
    good: StoreGood, before: Sequence[Mapping[str, Any]], gone: Sequence[Variant]
) -> list[dict[str, Any]]:
    """The store's options in our order, with our swatches and the values that gone variants still have."""
    known = {option["name"]: [dict(value) for value in option["values"]] for option in before}
    options = []
    for place, (name, theirs) in enumerate(good.options.items()):
        wanted = {*theirs, *(variant.option_values.get(name, "") for variant in gone)} - {""}
        kept = [value for value in known.get(name, []) if value["value"] in wanted]
        there = {value["value"] for value in kept}
        new = [{"value": value} for value in theirs if value not in there]
        values = [{**value, "sort_order": order} for order, value in enumerate([*kept, *new])]
        options.append({"name": name, "sort_order": place, "values": values})
    return options


def _switch_off_the_rest(store: Store, seen: Sequence[int], summary: Summary) -> None:
    """Switch off the products that came from the store and are no longer there."""
    ours = Product.objects.filter(store=store, active=True, next_product_id__isnull=False)
    there = set(seen)
    for product in ours.only("pk", "name", "next_product_id"):
        if product.next_product_id not in there:
            Product.objects.filter(pk=product.pk).update(
                active=False, version=F("version") + 1, updated_at=timezone.now()
            )
            summary.switched_off += 1
            summary.left_alone.append((product.name, _("the store no longer sells it: switched off")))
