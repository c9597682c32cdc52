"""Read single products whole from NEXT: after the list, which leaves out their texts, and after events."""

import datetime
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog.importable_products import (
    ProductSyncSummary,
    list_sellable_products,
    select_importable_products,
)
from catalog.missing_products import hide_deleted_product
from catalog.models import NextProductRecord, NextProductRefresh, Product, ProductSync
from catalog.product_writing import write_next_products
from nextcommerce.errors import NextApiError
from nextcommerce.store_schemas import NextProduct
from stores.models import Store
from stores.next_client import open_next_client
from stores.page_cache import clear_page_cache

# Between two attempts: doubled each time.
FIRST_RETRY = datetime.timedelta(seconds=15)
LONGEST_RETRY = datetime.timedelta(hours=1)
# A product that NEXT doesn't have is requested again before it is hidden.
SECOND_LOOK = datetime.timedelta(minutes=1)


def schedule_product_refreshes(*, store: Store, next_ids: Iterable[int]) -> None:
    """Have the background read these products whole, as soon as it can."""
    now = timezone.now()
    NextProductRefresh.objects.bulk_create(
        [
            NextProductRefresh(store=store, next_product_id=number, requested_at=now, due_at=now)
            for number in sorted(set(next_ids))
        ],
        update_conflicts=True,
        unique_fields=["store", "next_product_id"],
        update_fields=["requested_at", "due_at"],
    )


def schedule_reported_product(*, store: Store, next_product_id: int) -> bool:
    """Have a product that an event is about read again. Return False if the store doesn't import products."""
    is_ours = Product.objects.filter(store=store, next_product_id=next_product_id).exists()
    if not (is_ours or ProductSync.objects.filter(store=store).exists()):
        return False
    schedule_product_refreshes(store=store, next_ids=[next_product_id])
    return True


def refresh_product(row: NextProductRefresh) -> str:
    """Read the product and write it. After an error, try again later. Return what was done."""
    try:
        next_product = open_next_client(row.store, background=True).retrieve_product(row.next_product_id)
    except NextApiError as error:
        if error.status != 404:
            return _postpone(row, error)
        return _handle_deleted_product(row)
    if next_product.id != row.next_product_id:
        return _finish(row, "refused: another product")
    with transaction.atomic():
        _write_product(row.store, next_product)
    clear_page_cache(host=row.store.host)
    return _finish(row, "read")


def _write_product(store: Store, next_product: NextProduct) -> None:
    # One at a time with the pages of the list, which may have the same product.
    ProductSync.objects.select_for_update(no_key=True).filter(store=store).first()
    summary = ProductSyncSummary()
    sellable = list_sellable_products([next_product], store, summary)
    importable = select_importable_products(sellable, store.currency, summary)
    for product in write_next_products(store, importable, summary):
        NextProductRecord.objects.filter(product=product).update(next_updated_at=next_product.updated_at)


def _handle_deleted_product(row: NextProductRefresh) -> str:
    if not row.failures:
        NextProductRefresh.objects.filter(pk=row.pk).update(failures=1, due_at=timezone.now() + SECOND_LOOK)
        return "not in NEXT: asking again"
    product = Product.objects.filter(store=row.store_id, next_product_id=row.next_product_id).first()
    if product is None:
        return _finish(row, "not in NEXT")
    with transaction.atomic():
        is_hidden = hide_deleted_product(product)
    clear_page_cache(host=row.store.host)
    return _finish(row, "hidden" if is_hidden else "missing: held for staff")


def _finish(row: NextProductRefresh, outcome: str) -> str:
    """Delete the row, unless an event has asked for the product again meanwhile."""
    NextProductRefresh.objects.filter(pk=row.pk, requested_at=row.requested_at).delete()
    return outcome


def _postpone(row: NextProductRefresh, error: NextApiError) -> str:
    """Let everything of this store wait, so that a silent store doesn't hold up the others."""
    wait = min(FIRST_RETRY * 2 ** min(row.failures, 10), LONGEST_RETRY)
    now = timezone.now()
    NextProductRefresh.objects.filter(pk=row.pk).update(
        failures=F("failures") + 1, error=error.message, due_at=now + wait
    )
    others = NextProductRefresh.objects.filter(store=row.store_id, due_at__lt=now + FIRST_RETRY)
    others.update(due_at=now + FIRST_RETRY)
    return "NEXT unreachable"
