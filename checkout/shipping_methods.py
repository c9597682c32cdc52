"""Keeps the store's shipping methods here, so that a checkout costs no call for them."""

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

# A checkout that finds no methods asks the store for them, but no more often than this.
REFRESH_THROTTLE_SECONDS = 30


def refresh_shipping_methods(*, store: Store, background: bool = True) -> int:
    """Bring the methods to what the store says; what it no longer names is hidden. Return how many there are.

    Errors: AdminApiError.
    """
    methods = open_next_client(store, background=background).list_shipping_methods()
    for method in methods:
        price = method.prices.get(store.currency)
        if price is not None and not is_payable(Decimal(price), store.currency):
            logger.error(
                "shipping method %s of %s is not offered: %s %s has parts that cannot be paid",
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
    """Ask the store for its methods while a shopper waits; False where that failed, or just has."""
    if not cache.add(f"shipping-methods-{store.pk}", 1, REFRESH_THROTTLE_SECONDS):
        return False
    try:
        return refresh_shipping_methods(store=store, background=False) > 0
    except NextApiError as error:
        logger.warning("shipping methods of %s: %s", store.slug, error.message)
        return False
