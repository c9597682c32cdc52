"""Import the product list of NEXT Commerce: page by page, by the background or a command.

The list leaves out descriptions, so each product that is new or has changed is read whole afterwards
(`product_refresh`), and its pictures are downloaded (`picture_download`). Products that NEXT Commerce no
longer has are deactivated, never deleted, and are activated again when it lists them again. See
`missing_products`.
"""

import datetime
from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from catalog.categories import save_next_categories, set_next_parents
from catalog.import_sentences import NO_LONGER_SOLD
from catalog.importable_products import (
    ProductSyncSummary,
    list_sellable_products,
    select_importable_products,
)
from catalog.missing_products import handle_missing_products
from catalog.models import (
    NextProductRecord,
    Product,
    ProductSync,
    ProductSyncNote,
    SeenNextProduct,
    SeenNextVariant,
)
from catalog.next_products import SellableProduct
from catalog.product_refresh import schedule_product_refreshes
from catalog.product_writing import write_next_products
from nextcommerce.client import NextClient
from nextcommerce.errors import NextApiError
from nextcommerce.store_schemas import NextCategory, NextProduct
from stores.columns import fit_to_columns
from stores.leases import LEASE
from stores.models import Store
from stores.next_client import open_next_client
from stores.page_cache import clear_page_cache
from wording.sentence import Sentence

PageCallback = Callable[[int], object]

# Between two attempts at a page that failed: doubled each time.
FIRST_RETRY = datetime.timedelta(seconds=15)
LONGEST_RETRY = datetime.timedelta(hours=1)
MAX_NOTES = 1000
# Of the summary, what the row of the sync adds up.
COUNTS = ("added", "changed", "unchanged", "deactivated", "reactivated")


def request_product_sync(*, store: Store, user: User | None = None) -> ProductSync:
    """Have the background import the store's products. One that is running goes on."""
    with transaction.atomic():
        state = _start_sync(store, restart=False)
        state.due_at, state.failures, state.error = timezone.now(), 0, Sentence()
        state.requested_by = user or state.requested_by
        state.save()
    return state


def sync_products(
    *, store: Store, restart: bool = False, on_page: PageCallback = lambda count: None
) -> ProductSyncSummary:
    """Import all products of the store page by page. An interrupted sync resumes where it stopped.

    Each page is committed together with the cursor of the next one. Concurrent syncs share the pages, and
    each page is imported once. Requests run at background priority. Raises NextApiError; try again later.
    """
    summary = ProductSyncSummary()
    with transaction.atomic():
        state = _start_sync(store, restart=restart)
        # If this process dies, the background goes on.
        state.due_at = timezone.now() + LEASE
        state.save(update_fields=["due_at"])
    while state.finished_at is None:
        state, count = _sync_next_page(state, store, summary, next_in=LEASE)
        on_page(count)
    clear_page_cache(host=store.host)
    return summary


def continue_product_sync(state: ProductSync) -> str:
    """Import the next page of a sync in the background. After an error, try again later."""
    if state.finished_at is not None:
        ProductSync.objects.filter(pk=state.pk).update(due_at=None)
        return "finished"
    try:
        state, _count = _sync_next_page(
            state, state.store, ProductSyncSummary(), next_in=datetime.timedelta(0)
        )
    except NextApiError as error:
        wait = min(FIRST_RETRY * 2 ** min(state.failures, 10), LONGEST_RETRY)
        ProductSync.objects.filter(pk=state.pk).update(
            failures=F("failures") + 1, error=error.message, due_at=timezone.now() + wait
        )
        return "NEXT unreachable"
    clear_page_cache(host=state.store.host)
    return "page imported" if state.finished_at is None else "finished"


def _start_sync(store: Store, *, restart: bool) -> ProductSync:
    ProductSync.objects.get_or_create(store=store, defaults={"started_at": timezone.now()})
    state = ProductSync.objects.select_for_update(no_key=True).get(store=store)
    if restart or state.finished_at is not None:
        state.seen_products.all().delete()
        state.notes.all().delete()
        state.cursor, state.started_at, state.finished_at = "", timezone.now(), None
        state.failures, state.error, state.listed, state.requested_by = 0, Sentence(), 0, None
        for name in COUNTS:
            setattr(state, name, 0)
        state.save()
    return state


def _sync_position(state: ProductSync) -> tuple[object, ...]:
    """Return the position of a sync. A page read from another position is not imported."""
    return state.started_at, state.cursor, state.finished_at


def _sync_next_page(
    state: ProductSync, store: Store, summary: ProductSyncSummary, *, next_in: datetime.timedelta
) -> tuple[ProductSync, int]:
    """Read and import a page. Return the state after it, and how many products the page has.

    The next page is due in `next_in`.
    """
    api = open_next_client(store, background=True)
    categories = _list_categories(api) if not state.cursor else []
    page, next_cursor = api.list_products_page(state.cursor)
    with transaction.atomic():
        locked = ProductSync.objects.select_for_update(no_key=True).get(pk=state.pk)
        if _sync_position(locked) == _sync_position(state):
            set_next_parents(categories, save_next_categories(store=store, listed=categories))
            locked.due_at = timezone.now() + next_in
            of_page = ProductSyncSummary()
            _advance_sync(locked, store, page, next_cursor, of_page)
            summary.add(of_page)
    return locked, len(page)


def _list_categories(api: NextClient) -> list[NextCategory]:
    """Return NEXT's categories, or [] if the token may not read them: products name their own."""
    try:
        return api.list_categories()
    except NextApiError as error:
        if error.status not in {403, 404}:
            raise
        return []


def _advance_sync(
    state: ProductSync,
    store: Store,
    page: Sequence[NextProduct],
    next_cursor: str,
    summary: ProductSyncSummary,
) -> None:
    """Import a page and store the next cursor. The caller has locked `state`."""
    sellable = list_sellable_products(page, store, summary)
    importable = select_importable_products(sellable, store.currency, summary)
    written = write_next_products(store, importable, summary)
    _schedule_refreshes(store, written, importable)
    _record_seen_ids(state, page, sellable)
    state.cursor, state.failures, state.error = next_cursor, 0, Sentence()
    state.listed += len(page)
    if not next_cursor:
        _handle_missing_products(state, store, summary)
        state.finished_at, state.due_at = timezone.now(), None
    for name in COUNTS:
        setattr(state, name, getattr(state, name) + getattr(summary, name))
    state.save()
    _save_notes(state, summary)


def _schedule_refreshes(store: Store, written: Sequence[Product], listed: dict[int, SellableProduct]) -> None:
    """Have those products read whole that NEXT changed since they last were."""
    records = NextProductRecord.objects.filter(product__in=written).exclude(next_updated_at=None)
    known = dict(records.values_list("product", "next_updated_at"))
    schedule_product_refreshes(
        store=store,
        next_ids=[
            number
            for product in written
            if (number := product.next_product_id) is not None
            and (product.pk not in known or known[product.pk] != listed[number].updated_at)
        ],
    )


def _save_notes(state: ProductSync, summary: ProductSyncSummary) -> None:
    room = max(MAX_NOTES - state.notes.count(), 0)
    ProductSyncNote.objects.bulk_create(
        ProductSyncNote(sync=state, **fit_to_columns(ProductSyncNote, {"name": name, "reason": reason}))
        for name, reason in summary.skipped[:room]
    )


def _record_seen_ids(
    state: ProductSync, page: Sequence[NextProduct], sellable: Sequence[SellableProduct]
) -> None:
    ids = {listed.id for listed in page if listed.id is not None}
    SeenNextProduct.objects.bulk_create(
        [SeenNextProduct(sync=state, next_product_id=number) for number in sorted(ids)], ignore_conflicts=True
    )
    variant_ids = {variant.id for next_product in sellable for variant in next_product.variants}
    SeenNextVariant.objects.bulk_create(
        [
            SeenNextVariant(sync=state, next_variant_id=number, seen_at=state.started_at)
            for number in sorted(variant_ids)
        ],
        update_conflicts=True,
        unique_fields=["sync", "next_variant_id"],
        update_fields=["seen_at"],
    )


def _handle_missing_products(state: ProductSync, store: Store, summary: ProductSyncSummary) -> None:
    missing, is_held = handle_missing_products(state=state, store=store)
    if is_held:
        summary.held += missing.names
        return
    summary.deactivated += len(missing.names)
    reason = NO_LONGER_SOLD.fill()
    summary.skipped += [(name, reason) for name in missing.names]
