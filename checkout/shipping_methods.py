"""Refreshing the stored shipping methods from NEXT, so that a checkout needs no call for them."""

import logging
from decimal import Decimal

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from checkout.models import ShippingMethod
from nextcommerce.errors import NextApiError
from stores.models import Store
from stores.money import is_payable
from stores.next_client import open_next_client

logger = logging.getLogger(__name__)

# A checkout that finds no methods fetches them from NEXT, but at most this often.
REFRESH_THROTTLE_SECONDS = 30


def refresh_shipping_methods(*, store: Store, background: bool = True) -> int:
    """Refresh the store's shipping methods from NEXT and hide the ones it no longer has. Return their number.

    Raises NextApiError.
    """
    methods = open_next_client(store, background=background).list_shipping_methods()
    for method in methods:
        price = method.prices.get(store.currency)
        if price is not None and not is_payable(Decimal(price), store.currency):
            logger.error(
                "shipping method %s of %s is hidden: %s %s is not a payable amount",
                *(method.code, store.slug, price, store.currency),
            )
    now = timezone.now()
    rows = [
        ShippingMethod(
            store=store,
            code=method.code,
            name=method.name,
            delivery_time=method.delivery_time,
            countries=list(method.countries),
            prices=method.prices,
            is_public=method.is_public,
            refreshed_at=now,
        )
        for method in methods
        if method.code
    ]
    with transaction.atomic():
        ShippingMethod.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["store", "code"],
            update_fields=["name", "delivery_time", "countries", "prices", "is_public", "refreshed_at"],
        )
        ShippingMethod.objects.filter(store=store, is_public=True).exclude(
            code__in=[row.code for row in rows]
        ).update(is_public=False, refreshed_at=now)
    return len(rows)


def refresh_shipping_methods_once(*, store: Store) -> bool:
    """Refresh the methods while a shopper waits. Return False if that failed, now or a moment ago."""
    if not cache.add(f"shipping-methods-{store.pk}", 1, REFRESH_THROTTLE_SECONDS):
        return False
    try:
        return refresh_shipping_methods(store=store, background=False) > 0
    except NextApiError as error:
        logger.warning("shipping methods of %s couldn't be refreshed: %s", store.slug, error.message)
        return False
