"""Refreshing the stored shipping methods from NEXT, so that a checkout needs no call for them."""

import logging
from collections.abc import Iterable
from decimal import Decimal

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from checkout.models import ShippingMethod, ShippingPrice
from nextcommerce.errors import NextApiError
from nextcommerce.store_schemas import NextShippingMethod
from stores.columns import fit_to_columns
from stores.countries import is_in_eea
from stores.models import Store
from stores.money import MAX_AMOUNT, is_payable
from stores.next_client import open_next_client
from stores.page_cache import clear_page_cache

logger = logging.getLogger(__name__)

# A checkout that finds no methods fetches them from NEXT, but at most this often.
REFRESH_THROTTLE_SECONDS = 30


def refresh_shipping_methods(*, store: Store, background: bool = True) -> int:
    """Refresh the store's shipping methods from NEXT and hide the ones it no longer has. Return their number.

    Raises NextApiError.
    """
    methods = open_next_client(store, background=background).list_shipping_methods()
    methods = [method for method in methods if _has_usable_code(method)]
    prices = {method.code: _list_payable_prices(method, store) for method in methods}
    rows = {method.code: _build_row(method, store) for method in methods}
    with transaction.atomic():
        # The upsert locks the rows, so that a refresh at the same time waits here.
        ShippingMethod.objects.bulk_create(
            rows.values(),
            update_conflicts=True,
            unique_fields=["store", "code"],
            update_fields=["name", "delivery_time", "countries", "is_public", "refreshed_at"],
        )
        ShippingMethod.objects.filter(store=store, is_public=True).exclude(code__in=rows).update(
            is_public=False, refreshed_at=timezone.now()
        )
        ids = dict(ShippingMethod.objects.filter(store=store, code__in=rows).values_list("code", "pk"))
        ShippingPrice.objects.filter(method__in=ids.values()).delete()
        ShippingPrice.objects.bulk_create(
            ShippingPrice(method_id=method_id, currency=currency, amount=amount)
            for code, method_id in ids.items()
            for currency, amount in prices[code].items()
        )
        _note_destinations(store, rows.values())
    return len(rows)


def _note_destinations(store: Store, methods: Iterable[ShippingMethod]) -> None:
    """Save where the methods go, as far as laws ask, and refresh the pages if that changed."""
    public = [method for method in methods if method.is_public]
    values = {
        "has_eea_shipping": any(
            not method.countries or any(map(is_in_eea, method.countries)) for method in public
        ),
        "has_german_shipping": any(not method.countries or "DE" in method.countries for method in public),
    }
    is_noted = Q(**{f"{name}__isnull": False for name in values}, **values)
    if Store.objects.filter(~is_noted, pk=store.pk).update(**values):
        clear_page_cache(host=store.host)


def _has_usable_code(method: NextShippingMethod) -> bool:
    """Return False for a code that the column can't hold as it is, since orders are sent with it."""
    return bool(method.code) and fit_to_columns(ShippingMethod, {"code": method.code})["code"] == method.code


def _build_row(method: NextShippingMethod, store: Store) -> ShippingMethod:
    texts = {"name": method.name, "delivery_time": method.delivery_time}
    return ShippingMethod(
        store=store,
        code=method.code,
        countries=list(method.countries),
        is_public=method.is_public,
        refreshed_at=timezone.now(),
        **fit_to_columns(ShippingMethod, texts),
    )


def _list_payable_prices(method: NextShippingMethod, store: Store) -> dict[str, Decimal]:
    """Return the prices by currency, without fractions of the smallest unit, which nobody can pay."""
    prices = {}
    for currency, text in method.prices.items():
        amount = Decimal(text)
        if len(currency) == 3 and 0 <= amount <= MAX_AMOUNT and is_payable(amount, currency):
            prices[currency] = amount
        elif currency == store.currency:
            logger.error(
                "shipping method %s of %s is hidden: %s %s is not a payable amount",
                *(method.code, store.slug, text, currency),
            )
    return prices


def refresh_shipping_methods_once(*, store: Store) -> bool:
    """Refresh the methods while a shopper waits. Return False if that failed, now or a moment ago."""
    if not cache.add(f"shipping-methods-{store.pk}", 1, REFRESH_THROTTLE_SECONDS):
        return False
    try:
        return refresh_shipping_methods(store=store, background=False) > 0
    except NextApiError as error:
        logger.warning("shipping methods of %s couldn't be refreshed: %s", store.slug, error)
        return False
