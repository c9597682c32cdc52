"""What a store needs before it sells: each step is known to be done or not, and taken from the admin."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog import product_sync
from catalog.models import Variant
from catalog.page_cache import clear_page_cache
from checkout.shipping_methods import refresh_shipping_methods
from checkout.webhook_registration import register_webhook
from stores.connection_check import check_connection
from stores.models import Store

MAX_IMPORT_SECONDS = 20  # of reading products, while somebody waits


@dataclass(frozen=True)
class OnboardingStep:
    """`code` names what `take` does; `button` says it."""

    code: str
    is_done: bool
    description: str | Promise
    button: str | Promise


class _ImportTimeout(Exception):
    pass


def list_onboarding_steps(store: Store) -> list[OnboardingStep]:
    """Return what a store needs, in the order in which it is best done."""
    is_heard = bool(
        store.last_response_at and store.last_response_at > (store.last_failure_at or store.created_at)
    )
    is_told = bool(store.webhook_secret and store.webhook_checked_at and not store.webhook_error)
    return [
        OnboardingStep(
            "connection",
            is_heard,
            gettext_lazy("This shop reaches the store, and the token is right."),
            gettext_lazy("Check the connection"),
        ),
        OnboardingStep(
            "webhook",
            is_told,
            gettext_lazy("The store sends its news here, signed."),
            gettext_lazy("Make it send them"),
        ),
        OnboardingStep(
            "shipping",
            store.shipping_methods.filter(is_public=True).exists(),
            gettext_lazy("The ways of delivery are known."),
            gettext_lazy("Fetch them"),
        ),
        OnboardingStep(
            "products",
            Variant.objects.filter(product__store=store, active=True).exclude(next_variant_id=None).exists(),
            gettext_lazy("There is something to sell that the store knows."),
            gettext_lazy("Bring the store's products in"),
        ),
    ]


def run_onboarding_step(*, store: Store, code: str) -> list[str]:
    """Do a step; return what came of it, in sentences. Errors: AdminApiError; KeyError for no step."""
    return ONBOARDING_ACTIONS[code](store)


def _check_store_connection(store: Store) -> list[str]:
    findings = check_connection(store=store)
    return [findings.summary, *findings.warnings]


def _register_store_webhook(store: Store) -> list[str]:
    register_webhook(store=store)
    return [_("The store's news comes here now.")]


def _fetch_shipping_methods(store: Store) -> list[str]:
    count = refresh_shipping_methods(store=store, background=False)
    return [ngettext("%(count)d way of delivery.", "%(count)d ways of delivery.", count) % {"count": count}]


def _import_next_products(store: Store) -> list[str]:
    """Read products for a while; what was read is kept, and the next time goes on from there."""
    ends, read = time.monotonic() + MAX_IMPORT_SECONDS, 0

    def on_page(count: int) -> None:
        nonlocal read
        read += count
        if time.monotonic() >= ends:
            raise _ImportTimeout

    try:
        summary = product_sync.sync_products(store=store, on_page=on_page)
    except _ImportTimeout:
        clear_page_cache(host=store.host)
        return [_("%(count)d products were read so far. Press it again for more.") % {"count": read}]
    return [
        _("Products: %(added)d added, %(changed)d changed, %(unchanged)d as they were.")
        % {"added": summary.added, "changed": summary.changed, "unchanged": summary.unchanged},
        *(f"{name}: {reason}" for name, reason in summary.skipped[:10]),
    ]


ONBOARDING_ACTIONS: dict[str, Callable[[Store], list[str]]] = {
    "connection": _check_store_connection,
    "webhook": _register_store_webhook,
    "shipping": _fetch_shipping_methods,
    "products": _import_next_products,
}
