"""Onboarding: the steps a store needs before it can sell, whether each is done, and how the admin runs it."""

import enum
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog import product_sync
from catalog.availability import filter_for_sale
from catalog.models import Variant
from checkout.shipping_methods import refresh_shipping_methods
from checkout.webhook_registration import register_webhook
from stores.connection_check import check_connection
from stores.models import Store
from stores.page_cache import clear_page_cache

MAX_IMPORT_SECONDS = 20  # of reading products while staff wait


class OnboardingCode(enum.StrEnum):
    """The name of a step in forms and URLs."""

    CONNECTION = "connection"
    WEBHOOK = "webhook"
    SHIPPING = "shipping"
    PRODUCTS = "products"


@dataclass(frozen=True)
class OnboardingStep:
    """A step: its code, its state as a sentence, and the label of the button that runs it."""

    code: OnboardingCode
    is_done: bool
    description: str | Promise
    button: str | Promise


class _ImportTimeout(Exception):
    """Stops an import that takes too long to wait for."""


def list_onboarding_steps(store: Store) -> list[OnboardingStep]:
    """Return the store's steps in the order in which to do them."""
    is_connected = bool(
        store.last_response_at and store.last_response_at > (store.last_failure_at or store.created_at)
    )
    has_webhook = bool(
        store.webhook_secret_ciphertext and store.webhook_checked_at and not store.webhook_error
    )
    return [
        OnboardingStep(
            OnboardingCode.CONNECTION,
            is_connected,
            gettext_lazy("Connected to NEXT Commerce with a valid token."),
            gettext_lazy("Check connection"),
        ),
        OnboardingStep(
            OnboardingCode.WEBHOOK,
            has_webhook,
            gettext_lazy("NEXT Commerce sends signed events to this store."),
            gettext_lazy("Register webhook"),
        ),
        OnboardingStep(
            OnboardingCode.SHIPPING,
            store.shipping_methods.filter(is_public=True).exists(),
            gettext_lazy("Shipping methods loaded."),
            gettext_lazy("Load shipping methods"),
        ),
        OnboardingStep(
            OnboardingCode.PRODUCTS,
            filter_for_sale(Variant.objects.filter(store=store), store=store).exists(),
            gettext_lazy("At least one product is ready to sell."),
            gettext_lazy("Import products"),
        ),
    ]


def run_onboarding_step(*, store: Store, code: str) -> list[str]:
    """Run a step. Return its results as sentences. Raises NextApiError, and KeyError for an unknown code."""
    return ONBOARDING_ACTIONS[code](store)


def _check_store_connection(store: Store) -> list[str]:
    findings = check_connection(store=store)
    return [findings.summary, *findings.warnings]


def _register_store_webhook(store: Store) -> list[str]:
    register_webhook(store=store)
    return [_("Webhook registered.")]


def _fetch_shipping_methods(store: Store) -> list[str]:
    count = refresh_shipping_methods(store=store, background=False)
    message = ngettext("%(count)d shipping method loaded.", "%(count)d shipping methods loaded.", count)
    return [message % {"count": count}]


def _import_next_products(store: Store) -> list[str]:
    """Import products for up to MAX_IMPORT_SECONDS. The next run continues where this one stopped."""
    deadline, imported = time.monotonic() + MAX_IMPORT_SECONDS, 0

    def on_page(count: int) -> None:
        nonlocal imported
        imported += count
        if time.monotonic() >= deadline:
            raise _ImportTimeout

    try:
        summary = product_sync.sync_products(store=store, on_page=on_page)
    except _ImportTimeout:
        clear_page_cache(host=store.host)
        message = ngettext(
            "%(count)d product imported so far. Click again to continue.",
            "%(count)d products imported so far. Click again to continue.",
            imported,
        )
        return [message % {"count": imported}]
    return [
        _("Products: %(added)d added, %(changed)d changed, %(unchanged)d unchanged.")
        % {"added": summary.added, "changed": summary.changed, "unchanged": summary.unchanged},
        *(f"{name}: {reason}" for name, reason in summary.skipped[:10]),
        *([_describe_held_products(summary.held)] if summary.held else []),
    ]


def _describe_held_products(names: list[str]) -> str:
    message = ngettext(
        "NEXT Commerce didn't list %(count)d item on sale here: %(names)s. Hide or keep it below.",
        "NEXT Commerce didn't list %(count)d items on sale here: %(names)s. Hide or keep them below.",
        len(names),
    )
    shown = ", ".join([*names[:5], *(["…"] if len(names) > 5 else [])])
    return message % {"count": len(names), "names": shown}


ONBOARDING_ACTIONS: dict[str, Callable[[Store], list[str]]] = {
    OnboardingCode.CONNECTION: _check_store_connection,
    OnboardingCode.WEBHOOK: _register_store_webhook,
    OnboardingCode.SHIPPING: _fetch_shipping_methods,
    OnboardingCode.PRODUCTS: _import_next_products,
}
