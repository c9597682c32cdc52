"""What a store needs before it sells: each step is known to be done or not, and taken from the admin."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog import product_sync
from catalog.models import Variant
from catalog.page_cache import forget_pages
from checkout.shipping_methods import refresh
from checkout.webhook_registration import register
from stores.connection_check import check_connection
from stores.models import Store

LONGEST_SECONDS = 20  # of reading products, while somebody waits


@dataclass(frozen=True)
class Step:
    """`code` names what `take` does; `button` says it."""

    code: str
    is_done: bool
    words: str | Promise
    button: str | Promise


class _TimeIsUp(Exception):
    pass


def steps(store: Store) -> list[Step]:
    """Return what a store needs, in the order in which it is best done."""
    is_heard = bool(store.last_heard_at and store.last_heard_at > (store.last_failure_at or store.created_at))
    is_told = bool(store.webhook_secret and store.webhook_checked_at and not store.webhook_trouble)
    return [
        Step(
            "connection",
            is_heard,
            gettext_lazy("This shop reaches the store, and the token is right."),
            gettext_lazy("Check the connection"),
        ),
        Step(
            "webhook",
            is_told,
            gettext_lazy("The store sends its news here, signed."),
            gettext_lazy("Make it send them"),
        ),
        Step(
            "shipping",
            store.shipping_methods.filter(is_public=True).exists(),
            gettext_lazy("The ways of delivery are known."),
            gettext_lazy("Fetch them"),
        ),
        Step(
            "goods",
            Variant.objects.filter(product__store=store, active=True).exclude(next_variant_id=None).exists(),
            gettext_lazy("There is something to sell that the store knows."),
            gettext_lazy("Bring the store's products in"),
        ),
    ]


def take(*, store: Store, code: str) -> list[str]:
    """Do a step; return what came of it, in sentences. Errors: AdminApiError; KeyError for no step."""
    return STEPS[code](store)


def _check(store: Store) -> list[str]:
    findings = check_connection(store=store)
    return [findings.summary, *findings.warnings]


def _register(store: Store) -> list[str]:
    register(store=store)
    return [_("The store's news comes here now.")]


def _fetch(store: Store) -> list[str]:
    count = refresh(store=store, background=False)
    return [ngettext("%(count)d way of delivery.", "%(count)d ways of delivery.", count) % {"count": count}]


def _bring_in(store: Store) -> list[str]:
    """Read products for a while; what was read is kept, and the next time goes on from there."""
    ends, read = time.monotonic() + LONGEST_SECONDS, 0

    def on_page(count: int) -> None:
        nonlocal read
        read += count
        if time.monotonic() >= ends:
            raise _TimeIsUp

    try:
        summary = product_sync.run(store=store, on_page=on_page)
    except _TimeIsUp:
        forget_pages(host=store.host)
        return [_("%(count)d products were read so far. Press it again for more.") % {"count": read}]
    return [
        _("Products: %(added)d added, %(changed)d changed, %(unchanged)d as they were.")
        % {"added": summary.added, "changed": summary.changed, "unchanged": summary.unchanged},
        *(f"{name}: {reason}" for name, reason in summary.left_alone[:10]),
    ]


STEPS: dict[str, Callable[[Store], list[str]]] = {
    "connection": _check,
    "webhook": _register,
    "shipping": _fetch,
    "goods": _bring_in,
}
