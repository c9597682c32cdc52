"""Connecting a store: everything that NEXT tells of it is read, and staff type only its address and token."""

from zoneinfo import available_timezones

from babel.numbers import list_currencies
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from stores.columns import fit_to_columns
from stores.models import Store, StoreHealth
from stores.next_settings import NextSettings, PaymentRoute, read_next_settings
from stores.payment_methods import LINK, TEST_CARD

_MAX_SLUG = 50


def connect_store(store: Store) -> NextSettings:
    """Fill a new store with what NEXT says of it, and save it.

    Raises NextApiError, and then saves nothing.
    """
    found = read_next_settings(store=store)
    _fill_in(store, found)
    with transaction.atomic():
        store.save()
        StoreHealth.record(store, next_settings=found.to_json(), read_at=timezone.now())
    return found


def _fill_in(store: Store, found: NextSettings) -> None:
    company = "" if found.company_name == found.name else found.company_name
    texts = {
        "name": found.name or store.host,
        "legal_name": company,
        "invoice_address": "\n".join(found.address_lines),
        "tax_id": found.tax_id,
    }
    for name, value in fit_to_columns(Store, texts).items():
        setattr(store, name, value)
    store.slug = find_free_slug(store)
    if found.time_zone in available_timezones():
        store.time_zone = found.time_zone
    store.currency = next((code for code in found.currencies if code in list_currencies()), store.currency)
    if not store.is_live:
        # It needs no gateway, and charges nobody by mistake.
        store.payment_methods = [TEST_CARD.code]
    routes = found.list_routes(LINK, store.currency)
    if len(routes) == 1:
        use_route(store, routes[0])


def use_route(store: Store, route: PaymentRoute) -> None:
    """Let the store's orders name this gateway or group."""
    store.payment_gateway = None if route.is_group else route.id
    store.payment_gateway_group = route.id if route.is_group else None


def find_free_slug(store: Store) -> str:
    """Return a slug made from the store's name. A shop in test mode and one in live mode share the name."""
    name = slugify(store.name)[: _MAX_SLUG - 12] or "store"
    base = name if store.is_live else f"{name}-test"
    taken = set(Store.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    candidates = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(slug for slug in candidates if slug not in taken)
